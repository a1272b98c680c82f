// The same bot in Go, from its standard library alone: verify, push to a list of Redis, acknowledge;
// pop, post. It claims nothing, so it may post twice or never. Usage: main PORT.
package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const queue = "go-queue"

var client = &http.Client{Timeout: 10 * time.Second}

// redis is one connection; its mutex makes a command and its reply one step.
type redis struct {
	sync.Mutex
	connection net.Conn
	replies    *bufio.Reader
}

func dial() *redis {
	address, err := url.Parse(os.Getenv("REDIS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	connection, err := net.Dial("tcp", address.Host)
	if err != nil {
		log.Fatal(err)
	}
	return &redis{connection: connection, replies: bufio.NewReader(connection)}
}

// do sends a command and returns the last string of its reply.
func (r *redis) do(words ...string) (string, error) {
	r.Lock()
	defer r.Unlock()
	var command bytes.Buffer
	fmt.Fprintf(&command, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := r.connection.Write(command.Bytes()); err != nil {
		return "", err
	}
	return r.reply()
}

func (r *redis) reply() (string, error) {
	line, err := r.replies.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, line := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '-':
		return "", fmt.Errorf("redis: %s", line)
	case '$', '*':
		count, err := strconv.Atoi(line)
		if err != nil || count < 0 {
			return "", err
		}
		if kind == '$' {
			text := make([]byte, count+2)
			_, err = io.ReadFull(r.replies, text)
			return string(text[:count]), err
		}
		last := ""
		for range count {
			if last, err = r.reply(); err != nil {
				return "", err
			}
		}
		return last, nil
	}
	return line, nil
}

func isSigned(request *http.Request, body []byte) bool {
	stamp := request.Header.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	digest := hmac.New(sha256.New, []byte(os.Getenv("GOPHER_SLACK_REQUEST_SECRET")))
	fmt.Fprintf(digest, "v0:%s:%s", stamp, body)
	expected := "v0=" + hex.EncodeToString(digest.Sum(nil))
	return hmac.Equal([]byte(expected), []byte(request.Header.Get("X-Slack-Signature")))
}

func work(events *redis) {
	for {
		body, err := events.do("BLPOP", queue, "0")
		if err != nil {
			log.Fatal(err)
		}
		go answer(body)
	}
}

// answer posts the event's id, by which the bench recognises the reply.
func answer(body string) {
	var envelope struct {
		ID    string `json:"event_id"`
		Event struct{ Channel string }
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		log.Fatal(err)
	}
	form := url.Values{"channel": {envelope.Event.Channel}, "text": {envelope.ID}}
	address := os.Getenv("GOPHER_SLACK_API_URL") + "chat.postMessage"
	request, err := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("GOPHER_SLACK_BOT_ACCESS_TOKEN"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func main() {
	go work(dial())
	events := dial()
	http.HandleFunc("POST /slack/event", func(response http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
		if err != nil || !isSigned(request, body) {
			response.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, err := events.do("RPUSH", queue, string(body)); err != nil {
			response.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
