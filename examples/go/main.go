// A service with Go's standard library only: publishes an event, receives and verifies it, asks what happened.
//
//	TOCSIN_URL=http://127.0.0.1:4400 TOCSIN_TOKEN=tsk_... go run .
//
// The key needs the scopes apps:write, webhooks:write, events:publish and events:read. Tocsin calls the receiver at
// PUBLIC_URL, by default its address on this machine.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const timeout = 10 * time.Second

type app struct {
	ID string `json:"id"`
}

type webhook struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

type published struct {
	ID string `json:"id"`
}

type explanation struct {
	Verdicts []struct {
		Verdict string `json:"verdict"`
		Message string `json:"message"`
	} `json:"verdicts"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	api, err := newClient(os.Getenv("TOCSIN_URL"), os.Getenv("TOCSIN_TOKEN"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		return err
	}
	address := os.Getenv("PUBLIC_URL")
	if address == "" {
		address = "http://" + listener.Addr().String() + "/"
	}

	var owner app
	if err := api.create("/apps", map[string]any{"name": "Go example"}, &owner); err != nil {
		return err
	}
	var hook webhook
	create := map[string]any{"appId": owner.ID, "url": address, "events": []string{"license.*"}}
	if err := api.create("/webhooks", create, &hook); err != nil {
		return err
	}
	fmt.Printf("webhook %s sends to %s\n", hook.ID, address)

	received := make(chan event, 16)
	server := &http.Server{Handler: receiver(hook.Secret, received), ReadHeaderTimeout: timeout}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	data := map[string]string{"licenseKey": "A3K9-BFWX-7NP2-QHDT", "status": "revoked"}
	var sent published
	publish := map[string]any{"appId": owner.ID, "event": "license.revoked", "data": data}
	if err := api.create("/events", publish, &sent); err != nil {
		return err
	}
	fmt.Printf("published %s\n", sent.ID)

	select {
	case got := <-received:
		fmt.Printf("received and verified %s: %s %v\n", got.ID, got.Type, got.Data["licenseKey"])
	case <-time.After(timeout):
		return errors.New("no delivery arrived")
	}
	return explain(api, sent.ID)
}

func explain(api *client, eventID string) error {
	for deadline := time.Now().Add(timeout); ; time.Sleep(100 * time.Millisecond) {
		var answer explanation
		if err := api.call(http.MethodGet, "/events/"+url.PathEscape(eventID)+"/explain", "", nil, &answer); err != nil {
			return err
		}
		if len(answer.Verdicts) != 1 {
			return fmt.Errorf("%d verdicts instead of one", len(answer.Verdicts))
		}
		verdict := answer.Verdicts[0]
		if verdict.Verdict == "delivered" || time.Now().After(deadline) {
			fmt.Printf("explained: %s. %s\n", verdict.Verdict, verdict.Message)
			return nil
		}
	}
}
