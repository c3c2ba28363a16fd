package tests

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// panicOf gives what a function panics with.
func panicOf(function func()) (value any) {
	defer func() { value = recover() }()
	function()
	return nil
}

func TestAPanicInTheProgressFunctionCancelsAndReachesTheCallerAsItself(t *testing.T) {
	thrown := errors.New("mine")
	put := request("panic")
	put.ProgressFn = func(_, _, _ int64) { panic(thrown) }
	client := newClient(t, config())
	client.SetBandwidthLimit(1 << 20)
	value := panicOf(func() {
		client.NewUploader().UploadFile(context.Background(), put, newFile(t, "file", randomBytes(20*partSize)))
	})
	if value != any(thrown) || hasObject(t, "panic") || openUploads(t, "panic") != 0 {
		t.Error(value)
	}
	// The client is as good as before.
	mustUpload(t, client.NewUploader(), request("panic"), newFile(t, "file", randomBytes(10)))
}

func TestAGoexitInTheProgressFunctionEndsTheCallingGoroutine(t *testing.T) {
	put := request("goexit")
	put.ProgressFn = func(_, _, _ int64) { runtime.Goexit() }
	uploader, path := newUploader(t), newFile(t, "file", randomBytes(20*partSize))
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		uploader.UploadFile(context.Background(), put, path)
		returned = true
	}()
	<-ended
	if returned {
		t.Error("UploadFile returned")
	}
}

func TestAProviderIsAskedForCredentialsWithTheContextOfTheCall(t *testing.T) {
	type mark struct{}
	asked := 0
	settings := config()
	settings.AccessKeyID, settings.AccessKeySecret = "", ""
	settings.CredentialsProvider = ossresumable.CredentialsProviderFunc(func(ctx context.Context) (ossresumable.Credentials, error) {
		asked++
		if ctx.Value(mark{}) != "here" {
			t.Error("another context")
		}
		ends := time.Now().Add(time.Hour)
		return ossresumable.Credentials{AccessKeyID: "test-sts-access-key-id", AccessKeySecret: "test-sts-access-key-secret", SecurityToken: "test-sts-token", Expires: &ends}, nil
	})
	client := newClient(t, settings)
	data := randomBytes(3 * partSize)
	ctx := context.WithValue(context.Background(), mark{}, "here")
	if _, err := client.NewUploader().UploadFile(ctx, request("provider"), newFile(t, "file", data)); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "provider", data)
	if asked != 1 {
		t.Error(asked)
	}
}

func TestAnErrorOfTheProviderIsFoundInTheError(t *testing.T) {
	mine := errors.New("no token today")
	settings := config()
	settings.AccessKeyID, settings.AccessKeySecret = "", ""
	settings.MaxRetries = -1
	settings.CredentialsProvider = ossresumable.CredentialsProviderFunc(func(context.Context) (ossresumable.Credentials, error) {
		return ossresumable.Credentials{}, mine
	})
	_, err := newClient(t, settings).NewUploader().UploadFile(context.Background(), request("no-token"), newFile(t, "file", nil))
	if !errors.Is(err, ossresumable.CodeCredentials) || !errors.Is(err, mine) || len(requests(t, "no-token", "")) != 0 {
		t.Error(err)
	}
}

func TestAPanicOfTheProviderReachesTheCallerAtOnce(t *testing.T) {
	settings := config()
	settings.AccessKeyID, settings.AccessKeySecret = "", ""
	settings.CredentialsProvider = ossresumable.CredentialsProviderFunc(func(context.Context) (ossresumable.Credentials, error) {
		panic("mine")
	})
	client := newClient(t, settings)
	began := time.Now()
	value := panicOf(func() {
		client.NewUploader().UploadFile(context.Background(), request("provider-panic"), newFile(t, "file", nil))
	})
	if value != "mine" || time.Since(began) > 5*time.Second {
		t.Error(value, time.Since(began))
	}
}

func TestTheLogIsToldWithoutSecrets(t *testing.T) {
	var lines []string
	settings := config()
	settings.LogLevel = ossresumable.LogTrace
	settings.LogFn = func(level ossresumable.LogLevel, line string) {
		if level < ossresumable.LogError || level > ossresumable.LogTrace {
			t.Error(level)
		}
		lines = append(lines, line)
	}
	client := newClient(t, settings)
	mustUpload(t, client.NewUploader(), request("log"), newFile(t, "file", randomBytes(2*partSize)))
	text := strings.Join(lines, "\n")
	if len(lines) < 4 || strings.Contains(text, secret) {
		t.Error(text)
	}
}

func TestAnUploadCallbackIsSentAndItsFailureIsAWarning(t *testing.T) {
	put := request("callback")
	put.Callback = &ossresumable.Callback{URL: "http://127.0.0.1:1/", Body: "key=${object}&who=${x:who}", Variables: map[string]string{"who": "me"}}
	result := mustUpload(t, newUploader(t), put, newFile(t, "file", randomBytes(10)))
	if !result.Warnings.Has(ossresumable.WarnCallbackFailed) || result.CallbackError == "" || !hasObject(t, "callback") {
		t.Errorf("%+v", result)
	}
}

func TestManyUploadsOfOneClientRunAtOnce(t *testing.T) {
	uploader := newUploader(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			key, data := fmt.Sprint("many/", i), randomBytes((i+1)*50000)
			path := newFile(t, "file", data)
			if _, err := uploader.UploadFile(context.Background(), request(key), path, func(o *ossresumable.UploaderOptions) { o.ParallelNum = 3 }); err != nil {
				t.Error(err)
				return
			}
			mustEqual(t, key, data)
		}()
	}
	group.Wait()
}

func TestASecondGoroutineThatWaitsIsRefused(t *testing.T) {
	client := newClient(t, config())
	client.SetBandwidthLimit(200000)
	put := request("two")
	inside := make(chan struct{})
	var once sync.Once
	put.ProgressFn = func(_, _, _ int64) { once.Do(func() { close(inside) }) }
	upload, err := client.NewUploader().Start(context.Background(), put, newFile(t, "file", randomBytes(50*partSize)))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := upload.Wait()
		ended <- err
	}()
	<-inside
	if _, err := upload.Wait(); !errors.Is(err, ossresumable.CodeState) {
		t.Error(err)
	}
	// Close ends the wait of another goroutine, and frees nothing under it.
	upload.Close()
	if err := <-ended; !errors.Is(err, ossresumable.CodeCanceled) {
		t.Error(err)
	}
}

func TestForgottenClientsAndUploadsAreCollected(t *testing.T) {
	path := newFile(t, "file", randomBytes(200*partSize))
	func() {
		settings := config()
		settings.BandwidthLimit = 100000
		settings.LogFn = func(ossresumable.LogLevel, string) {}
		client, err := ossresumable.NewClient(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.NewUploader(withCheckpoint).Start(context.Background(), request("forgotten"), path); err != nil {
			t.Fatal(err)
		}
		for openUploads(t, "forgotten") == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	// The collected upload lets go of its checkpoint, so that another one can have it.
	client := newClient(t, config())
	for tries := 0; ; tries++ {
		runtime.GC()
		err := client.Discard(context.Background(), bucket, "forgotten", path, "")
		if err == nil {
			return
		}
		if tries == 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestTenThousandCallbacksSurviveCollectionsInEachOfThem(t *testing.T) {
	settings := config()
	settings.LogLevel = ossresumable.LogInfo
	var callbacks atomic.Int64
	settings.LogFn = func(ossresumable.LogLevel, string) {
		runtime.GC()
		callbacks.Add(1)
	}
	const workers, wanted = 4, 10000
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			client := newClient(t, settings)
			data := randomBytes(10)
			for i := 0; callbacks.Load() < wanted; i++ {
				put := request("stress")
				var last int64 = -1
				put.ProgressFn = func(_, transferred, _ int64) {
					runtime.GC()
					last = transferred
					callbacks.Add(1)
				}
				if _, err := client.NewUploader().UploadBytes(context.Background(), put, data); err != nil || last != 10 {
					t.Error(err, last)
					return
				}
			}
		}()
	}
	group.Wait()
	t.Logf("%d callbacks", callbacks.Load())
}

func TestTheReadmesSampleIsTheProgramBesideIt(t *testing.T) {
	sample := read(t, filepath.Join("..", "example", "sample", "main.go"))
	_, sample, _ = strings.Cut(sample, "// sample: begin\n")
	sample, _, _ = strings.Cut(sample, "\n// sample: end\n")
	_, printed, _ := strings.Cut(read(t, filepath.Join("..", "README.md")), "```go\n")
	printed, _, _ = strings.Cut(printed, "```\n")
	if strings.TrimSpace(printed) != strings.TrimSpace(sample) {
		t.Error("README.md and example/sample differ")
	}
}
