package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

const (
	bucket   = "go-tests"
	keyID    = "test-access-key-id"
	secret   = "test-access-key-secret"
	partSize = 102400
)

// serverURL is the test server's, which SERVER names and TestMain starts.
var serverURL string

func TestMain(m *testing.M) {
	program := os.Getenv("SERVER")
	if program == "" {
		fmt.Fprintln(os.Stderr, "SERVER is not set")
		os.Exit(2)
	}
	server := exec.Command(program, "--exit-with-stdin")
	input, _ := server.StdinPipe()
	output, _ := server.StdoutPipe()
	if err := server.Start(); err != nil {
		panic(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		panic(err)
	}
	serverURL = strings.TrimSpace(strings.TrimPrefix(line, "LISTENING "))
	code := m.Run()
	input.Close()
	server.Wait()
	os.Exit(code)
}

// control asks the server's controls, and gives the body of the answer.
func control(t *testing.T, method, path, body string) []byte {
	t.Helper()
	request, _ := http.NewRequest(method, serverURL+"/-/"+path, strings.NewReader(body))
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", method, path, reply.StatusCode, answer, err)
	}
	return answer
}

// rule makes the server fail until the end of the test.
func rule(t *testing.T, rules string) {
	t.Helper()
	control(t, "POST", "rules", rules)
	t.Cleanup(func() { control(t, "DELETE", "rules", "") })
}

type logEntry struct {
	Op         string
	Key        string
	Status     int
	PartNumber int `json:"part_number"`
	Headers    [][2]string
}

// requests are those for a key, by operation; every operation where it is "".
func requests(t *testing.T, key, op string) []logEntry {
	t.Helper()
	var all, found []logEntry
	if err := json.Unmarshal(control(t, "GET", "log", ""), &all); err != nil {
		t.Fatal(err)
	}
	for _, entry := range all {
		if entry.Key == key && (op == "" || entry.Op == op) {
			found = append(found, entry)
		}
	}
	return found
}

// escape is for a query in which a plus is not a space.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func object(t *testing.T, key string) []byte {
	t.Helper()
	return control(t, "GET", "object?bucket="+bucket+"&key="+escape(key), "")
}

func hasObject(t *testing.T, key string) bool {
	t.Helper()
	return string(control(t, "GET", "objects?bucket="+bucket+"&key="+escape(key), "")) != "[]"
}

func openUploads(t *testing.T, key string) int {
	t.Helper()
	var uploads []struct{ Key string }
	if err := json.Unmarshal(control(t, "GET", "uploads", ""), &uploads); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, upload := range uploads {
		if upload.Key == key {
			count++
		}
	}
	return count
}

func randomBytes(size int) []byte {
	data := make([]byte, size)
	rand.New(rand.NewSource(int64(size))).Read(data)
	return data
}

// newFile makes a file of its own for a test.
func newFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func config() *ossresumable.Config {
	return &ossresumable.Config{
		Endpoint: serverURL, Region: "cn-hangzhou", AccessKeyID: keyID, AccessKeySecret: secret,
	}
}

func newClient(t *testing.T, config *ossresumable.Config) *ossresumable.Client {
	t.Helper()
	client, err := ossresumable.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func newUploader(t *testing.T) *ossresumable.Uploader {
	return newClient(t, config()).NewUploader()
}

func withCheckpoint(options *ossresumable.UploaderOptions) { options.EnableCheckpoint = true }

func request(key string) *ossresumable.PutObjectRequest {
	return &ossresumable.PutObjectRequest{Bucket: bucket, Key: key}
}

func mustUpload(t *testing.T, uploader *ossresumable.Uploader, request *ossresumable.PutObjectRequest, path string, optFns ...func(*ossresumable.UploaderOptions)) *ossresumable.UploadResult {
	t.Helper()
	result, err := uploader.UploadFile(context.Background(), request, path, optFns...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func mustEqual(t *testing.T, key string, data []byte) {
	t.Helper()
	if !bytes.Equal(object(t, key), data) {
		t.Errorf("%s differs from what was uploaded", key)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
