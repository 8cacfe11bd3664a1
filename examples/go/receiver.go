package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	tolerance    = 5 * time.Minute
	maxBodyBytes = 1 << 20
)

// event is what a delivery contains.
type event struct {
	ID   string         `json:"-"`
	Type string         `json:"type"`
	Data map[string]any `json:"data"`
}

// receiver accepts deliveries that are signed with the secret.
func receiver(secret string, received chan<- event) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, maxBodyBytes))
		if err != nil {
			http.Error(writer, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		got, err := verify(body, request.Header, secret)
		if err != nil {
			fmt.Println("rejected:", err)
			writer.WriteHeader(http.StatusUnauthorized)
			return
		}
		received <- got
		writer.WriteHeader(http.StatusNoContent)
	})
}

// verify returns the event of a request (Standard Webhooks, HMAC-SHA256).
func verify(body []byte, header http.Header, secret string) (event, error) {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > tolerance {
		return event{}, errors.New("the time of the request is outside the tolerance")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return event{}, err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	// During a rotation there is one signature for each valid secret.
	for _, signature := range strings.Fields(header.Get("webhook-signature")) {
		if hmac.Equal(expected, []byte(signature)) {
			got := event{ID: id}
			return got, json.Unmarshal(body, &got)
		}
	}
	return event{}, errors.New("no signature matches the secret")
}
