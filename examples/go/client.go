package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxAttempts = 5

// client calls the API.
type client struct {
	url   string
	token string
	http  *http.Client
}

// problem is an error of the API (RFC 9457).
type problem struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Retryable bool   `json:"retryable"`
	RequestID string `json:"requestId"`

	retryAfter time.Duration
}

func (p *problem) Error() string {
	return fmt.Sprintf("%s: %s (request %s)", p.Code, p.Detail, p.RequestID)
}

func newClient(url, token string) (*client, error) {
	if token == "" {
		return nil, errors.New("TOCSIN_TOKEN is not set")
	}
	if url == "" {
		url = "http://127.0.0.1:4400"
	}
	base := strings.TrimRight(url, "/") + "/api/v1"
	return &client{url: base, token: token, http: &http.Client{Timeout: timeout}}, nil
}

// call sends a request and decodes the result. With a key, a call that creates something can be repeated.
func (c *client) call(method, path, key string, body, result any) error {
	var text []byte
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = encoded
	}
	isRepeatable := method == http.MethodGet || key != ""
	for attempt := 1; ; attempt++ {
		err := c.attempt(method, path, key, text, result)
		var failed *problem
		isProblem := errors.As(err, &failed)
		if err == nil || attempt == maxAttempts || (isProblem && !failed.Retryable) {
			return err
		}
		// Without a response, the call may have taken effect.
		if !isProblem && !isRepeatable {
			return err
		}
		delay := 100 * time.Millisecond << attempt
		if isProblem && failed.retryAfter > 0 {
			delay = failed.retryAfter
		}
		time.Sleep(delay)
	}
}

// create sends a POST request with a key of its own: however often it is repeated, it creates one object.
func (c *client) create(path string, body, result any) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	return c.call(http.MethodPost, path, key, body, result)
}

// newKey returns a random idempotency key.
func newKey() (string, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	return hex.EncodeToString(random), nil
}

func (c *client) attempt(method, path, key string, body []byte, result any) error {
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("authorization", "Bearer "+c.token)
	if body != nil {
		request.Header.Set("content-type", "application/json")
	}
	if key != "" {
		request.Header.Set("idempotency-key", key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 300 {
		return json.NewDecoder(response.Body).Decode(result)
	}
	failed := &problem{Code: response.Status, Retryable: response.StatusCode >= 500}
	if err := json.NewDecoder(response.Body).Decode(failed); err != nil {
		return fmt.Errorf("status %s without an error of Tocsin", response.Status)
	}
	if seconds, err := strconv.Atoi(response.Header.Get("retry-after")); err == nil {
		failed.retryAfter = time.Duration(seconds) * time.Second
	}
	return failed
}
