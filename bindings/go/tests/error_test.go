package tests

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

func failure(t *testing.T, err error) *ossresumable.Error {
	t.Helper()
	var failure *ossresumable.Error
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no *Error", err)
	}
	return failure
}

func TestWhatOSSRefusesIsInTheError(t *testing.T) {
	rule(t, `{"op":"UploadPart","key":"refused","part":2,"action":{"status":{"code":403,"oss_code":"AccessDenied","message":"not you"}}}`)
	_, err := newUploader(t).UploadFile(context.Background(), request("refused"), newFile(t, "file", randomBytes(4*partSize)))
	e := failure(t, err)
	if e.Code != ossresumable.CodeService || e.StatusCode != 403 || e.ErrorCode != "AccessDenied" || e.PartNumber != 2 || e.Offset != partSize {
		t.Errorf("%#v", e)
	}
	if e.RequestID == "" || e.Stage != "upload" || e.Attempts != 1 || e.Retryable || !strings.Contains(err.Error(), e.RequestID) {
		t.Errorf("%#v", e)
	}
	if !errors.Is(err, ossresumable.CodeService) || errors.Is(err, ossresumable.CodeNetwork) {
		t.Error(err)
	}
	if hasObject(t, "refused") || openUploads(t, "refused") != 0 {
		t.Error("something is left on the server")
	}
}

func TestAServerThatIsBusyIsRetryable(t *testing.T) {
	rule(t, `{"op":"PutObject","key":"busy","action":{"status":{"code":503,"oss_code":"ServiceUnavailable"}}}`)
	settings := config()
	settings.MaxRetries = 2
	_, err := newClient(t, settings).NewUploader().UploadFile(context.Background(), request("busy"), newFile(t, "file", nil))
	if e := failure(t, err); !e.Retryable || e.Attempts != 3 || len(requests(t, "busy", "PutObject")) != 3 {
		t.Errorf("%#v", e)
	}
}

func TestAServerThatIsNotThereIsANetworkErrorWithAReason(t *testing.T) {
	settings := config()
	settings.Endpoint, settings.MaxRetries = "http://127.0.0.1:1", -1
	_, err := newClient(t, settings).NewUploader().UploadFile(context.Background(), request("nobody"), newFile(t, "file", nil))
	e := failure(t, err)
	if e.Code != ossresumable.CodeNetwork || e.Reason != "connection_refused" || !errors.Is(err, syscall.ECONNREFUSED) || !e.Retryable {
		t.Errorf("%#v", e)
	}
}

func TestAFileThatIsNotThereIsFoundByErrNotExist(t *testing.T) {
	_, err := newUploader(t).UploadFile(context.Background(), request("none"), t.TempDir()+"/none")
	if !errors.Is(err, ossresumable.CodeFile) || !errors.Is(err, fs.ErrNotExist) || failure(t, err).Errno != syscall.ENOENT {
		t.Error(err)
	}
	if len(requests(t, "none", "")) != 0 {
		t.Error("something was sent")
	}
}

func TestBadArgumentsAreNamedAndNothingIsSent(t *testing.T) {
	uploader, path := newUploader(t), newFile(t, "file", nil)
	cases := []struct {
		field   string
		request *ossresumable.PutObjectRequest
		path    string
		options ossresumable.UploaderOptions
	}{
		{"bucket", &ossresumable.PutObjectRequest{Key: "k"}, path, ossresumable.UploaderOptions{}},
		{"bucket", nil, path, ossresumable.UploaderOptions{}},
		{"object", request(""), path, ossresumable.UploaderOptions{}},
		{"object", request("nul\x00nul"), path, ossresumable.UploaderOptions{}},
		{"object", request("\xff"), path, ossresumable.UploaderOptions{}},
		{"filepath", request("k"), "", ossresumable.UploaderOptions{}},
		{"filepath", request("k"), "a\x00b", ossresumable.UploaderOptions{}},
		{"part_size", request("k"), path, ossresumable.UploaderOptions{PartSize: 1}},
		{"thread_num", request("k"), path, ossresumable.UploaderOptions{ParallelNum: 5000}},
		{"thread_num", request("k"), path, ossresumable.UploaderOptions{ParallelNum: 1 << 32}},
		{"verify_on_resume", request("k"), path, ossresumable.UploaderOptions{VerifyOnResume: 9}},
	}
	for _, c := range cases {
		_, err := uploader.UploadFile(context.Background(), c.request, c.path, func(o *ossresumable.UploaderOptions) { *o = c.options })
		if e := failure(t, err); e.Code != ossresumable.CodeInvalidArgument || !strings.HasPrefix(e.Message, c.field) {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	for field, change := range map[string]func(*ossresumable.Config){
		"access_key_id":      func(c *ossresumable.Config) { c.AccessKeyID = "" },
		"region":             func(c *ossresumable.Config) { c.Region = "x\x00" },
		"connect_timeout_ms": func(c *ossresumable.Config) { c.ConnectTimeout = 100 * 24 * time.Hour },
		"proxy":              func(c *ossresumable.Config) { c.Proxy = "ftp://proxy" },
		"log_level":          func(c *ossresumable.Config) { c.LogLevel = 17 },
		"bandwidth_limit":    func(c *ossresumable.Config) { c.BandwidthLimit = 5 },
	} {
		settings := config()
		change(settings)
		_, err := ossresumable.NewClient(settings)
		if e := failure(t, err); e.Code != ossresumable.CodeInvalidArgument || !strings.HasPrefix(e.Message, field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestWhatIsClosedSaysSoAndClosingTwiceIsHarmless(t *testing.T) {
	client := newClient(t, config())
	uploader := client.NewUploader()
	upload, err := uploader.Start(context.Background(), request("closed"), newFile(t, "file", randomBytes(5*partSize)))
	if err != nil {
		t.Fatal(err)
	}
	// Uploads outlive their client.
	client.Close()
	client.Close()
	if _, err := upload.Wait(); err != nil {
		t.Error(err)
	}
	upload.Close()
	upload.Close()
	upload.Cancel()
	if _, err := upload.Wait(); !errors.Is(err, ossresumable.CodeState) || upload.Progress() != (ossresumable.Progress{}) {
		t.Error(err)
	}
	_, uploadErr := uploader.UploadFile(context.Background(), request("closed"), "file")
	_, listErr := client.ListUploads(context.Background(), bucket, "", 0)
	for _, err := range []error{uploadErr, listErr, client.SetCredentials("a", "b", ""), client.SetBandwidthLimit(0)} {
		if !errors.Is(err, ossresumable.CodeState) || !strings.Contains(err.Error(), "closed") {
			t.Error(err)
		}
	}
}

func TestAFileThatChangesIsNotCommitted(t *testing.T) {
	path := newFile(t, "file", randomBytes(20*partSize))
	client := newClient(t, config())
	client.SetBandwidthLimit(2 << 20)
	put := request("changed")
	put.ProgressFn = func(_, _, _ int64) { os.WriteFile(path, randomBytes(19*partSize), 0o600) }
	_, err := client.NewUploader().UploadFile(context.Background(), put, path)
	if !errors.Is(err, ossresumable.CodeFileChanged) || hasObject(t, "changed") {
		t.Error(err)
	}
}
