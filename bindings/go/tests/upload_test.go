package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

func TestAnUploadedObjectEqualsItsFile(t *testing.T) {
	data := randomBytes(10*partSize + 7)
	result := mustUpload(t, newUploader(t), request("equal"), newFile(t, "file", data))
	mustEqual(t, "equal", data)
	if parts := len(requests(t, "equal", "UploadPart")); parts != 11 || result.Parts != 11 || result.PartSize != partSize {
		t.Errorf("%d requests, result %+v", parts, result)
	}
	if result.ETag == "" || result.UploadId == "" || result.RequestID == "" || result.StatusCode != 200 {
		t.Errorf("%+v", result)
	}
	if crc := result.Headers.Get("X-Oss-Hash-Crc64ecma"); crc != strconv.FormatUint(result.HashCRC64, 10) {
		t.Errorf("crc64 %d, header %q of %v", result.HashCRC64, crc, result.Headers)
	}
}

func TestAnEmptyFileAndOneOfOnePartAreOneRequest(t *testing.T) {
	uploader := newUploader(t)
	for name, size := range map[string]int{"empty": 0, "small": 1000} {
		data := randomBytes(size)
		result := mustUpload(t, uploader, request(name), newFile(t, "file", data))
		mustEqual(t, name, data)
		if all := requests(t, name, ""); len(all) != 1 || all[0].Op != "PutObject" || result.UploadId != "" || result.Parts != 1 {
			t.Errorf("%v %+v", all, result)
		}
	}
}

func TestBytesAndOpenFilesAreUploadedAsFilesAre(t *testing.T) {
	uploader := newUploader(t)
	data := randomBytes(3*partSize + 1)
	if _, err := uploader.UploadBytes(context.Background(), request("bytes"), data); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "bytes", data)
	if _, err := uploader.UploadBytes(context.Background(), request("no-bytes"), nil); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "no-bytes", nil)

	file, err := os.Open(newFile(t, "file", data))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := uploader.UploadOpenFile(context.Background(), request("open"), file); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "open", data)
}

func TestKeysAndPathsMayHoldOddCharacters(t *testing.T) {
	uploader := newUploader(t)
	for _, name := range []string{"a b+c%25", "文件 \"é\"", "line\nbreak", "tab\there", "😀"} {
		data := randomBytes(partSize + 1)
		mustUpload(t, uploader, request(name), newFile(t, name, data))
		mustEqual(t, name, data)
	}
	// On Unix a path may hold any bytes.
	data := randomBytes(10)
	mustUpload(t, uploader, request("not-utf8"), newFile(t, "\xff\xfe", data))
	mustEqual(t, "not-utf8", data)
}

func TestProgressNeverGoesBackAndEndsAtTheTotal(t *testing.T) {
	data := randomBytes(20 * partSize)
	client := newClient(t, config())
	if err := client.SetBandwidthLimit(4 << 20); err != nil {
		t.Fatal(err)
	}
	var calls, sum, last, lastTotal int64
	put := request("progress")
	put.ProgressFn = func(increment, transferred, total int64) {
		calls++
		sum += increment
		if transferred < last || transferred > total || sum != transferred {
			t.Errorf("%d %d %d after %d", increment, transferred, total, last)
		}
		last, lastTotal = transferred, total
	}
	mustUpload(t, client.NewUploader(), put, newFile(t, "file", data))
	if calls < 2 || last != int64(len(data)) || lastTotal != last {
		t.Errorf("%d calls, %d of %d", calls, last, lastTotal)
	}
}

func TestHeadersAndMetadataOfTheRequestAreTheObjects(t *testing.T) {
	put := request("headers")
	put.ContentType = "text/x-go"
	put.Metadata = map[string]string{"author": "me"}
	put.Headers = map[string]string{"Cache-Control": "no-cache"}
	put.ForbidOverwrite = true
	mustUpload(t, newUploader(t), put, newFile(t, "file", randomBytes(2*partSize)))
	initiate := requests(t, "headers", "InitiateMultipartUpload")[0]
	have := map[string]string{}
	for _, header := range initiate.Headers {
		have[header[0]] = header[1]
	}
	if have["content-type"] != "text/x-go" || have["x-oss-meta-author"] != "me" || have["cache-control"] != "no-cache" || have["x-oss-forbid-overwrite"] != "true" {
		t.Error(have)
	}
	// The object exists by now.
	_, err := newUploader(t).UploadFile(context.Background(), put, newFile(t, "file", randomBytes(partSize*2)))
	var failure *ossresumable.Error
	if !errors.As(err, &failure) || failure.StatusCode != 409 || failure.ErrorCode != "FileAlreadyExists" {
		t.Error(err)
	}
}

func TestAnUploadCanceledByItsContextIsResumed(t *testing.T) {
	data := randomBytes(30 * partSize)
	path := newFile(t, "file", data)
	client := newClient(t, config())
	client.SetBandwidthLimit(2 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	put := request("resumed")
	put.ProgressFn = func(_, transferred, total int64) {
		if transferred >= total/3 {
			cancel()
		}
	}
	_, err := client.NewUploader().UploadFile(ctx, put, path, withCheckpoint)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ossresumable.CodeCanceled) {
		t.Fatal(err)
	}
	if hasObject(t, "resumed") {
		t.Error("the object is there after a cancel")
	}
	if _, err := os.Stat(path + ".ucp"); err != nil {
		t.Fatal(err)
	}
	before := len(requests(t, "resumed", "UploadPart"))
	client.SetBandwidthLimit(0)
	result := mustUpload(t, client.NewUploader(), request("resumed"), path, withCheckpoint)
	mustEqual(t, "resumed", data)
	again := int64(len(requests(t, "resumed", "UploadPart")) - before)
	if result.ResumedBytes < 5*partSize || again != 30-result.ResumedBytes/partSize {
		t.Errorf("%d bytes resumed, %d parts sent", result.ResumedBytes, again)
	}
	if _, err := os.Stat(path + ".ucp"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the checkpoint is left", err)
	}
}

func TestADeadlineEndsTheUploadAndIsFoundInTheError(t *testing.T) {
	client := newClient(t, config())
	client.SetBandwidthLimit(200000)
	cause := errors.New("too slow")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 300*time.Millisecond, cause)
	defer cancel()
	began := time.Now()
	_, err := client.NewUploader().UploadFile(ctx, request("deadline"), newFile(t, "file", randomBytes(50*partSize)))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, cause) || !errors.Is(err, ossresumable.CodeCanceled) {
		t.Fatal(err)
	}
	if errors.Is(err, context.Canceled) || time.Since(began) > 8*time.Second {
		t.Error(err, time.Since(began))
	}
	if hasObject(t, "deadline") || openUploads(t, "deadline") != 0 {
		t.Error("something is left on the server, without a checkpoint")
	}
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newUploader(t).UploadFile(ctx, request("ended"), newFile(t, "file", nil))
	if !errors.Is(err, context.Canceled) || len(requests(t, "ended", "")) != 0 {
		t.Error(err)
	}
}

func TestTheEndOfAContextDoesNotSpoilASuccess(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	put := request("late")
	put.ProgressFn = func(_, transferred, total int64) {
		if transferred == total && hasObject(t, "late") {
			cancel()
		}
	}
	data := randomBytes(2 * partSize)
	if _, err := newUploader(t).UploadFile(ctx, put, newFile(t, "file", data)); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, "late", data)
	cancel()
}

func TestACheckpointGoesIntoTheDirectoryThatIsNamed(t *testing.T) {
	rule(t, `{"op":"UploadPart","key":"directory","part":3,"action":{"status":{"code":403,"oss_code":"AccessDenied"}}}`)
	path, directory := newFile(t, "file", randomBytes(4*partSize)), t.TempDir()
	inDirectory := func(options *ossresumable.UploaderOptions) {
		options.EnableCheckpoint, options.CheckpointPath = true, directory
	}
	client := newClient(t, config())
	_, err := client.NewUploader(inDirectory).UploadFile(context.Background(), request("directory"), path)
	if !errors.Is(err, ossresumable.CodeService) {
		t.Fatal(err)
	}
	entries, _ := filepath.Glob(directory + "/*")
	if len(entries) != 1 || openUploads(t, "directory") != 1 {
		t.Fatal(entries)
	}
	if err := client.Discard(context.Background(), bucket, "directory", path, directory); err != nil {
		t.Fatal(err)
	}
	entries, _ = filepath.Glob(directory + "/*")
	if len(entries) != 0 || openUploads(t, "directory") != 0 {
		t.Error(entries)
	}
}

func TestUnfinishedUploadsAreListedAndAborted(t *testing.T) {
	rule(t, `{"op":"UploadPart","action":{"status":{"code":403,"oss_code":"AccessDenied"}}}`)
	client, ctx := newClient(t, config()), context.Background()
	for _, key := range []string{"left/1", "left/2", "left/3"} {
		client.NewUploader(withCheckpoint).UploadFile(ctx, request(key), newFile(t, "file", randomBytes(2*partSize)))
	}
	list, err := client.ListUploads(ctx, bucket, "left/", 0)
	if err != nil || len(list) != 3 || list[0].Key != "left/1" || list[0].UploadId == "" || time.Since(list[0].Initiated) > time.Minute {
		t.Fatal(list, err)
	}
	if none, err := client.ListUploads(ctx, bucket, "left/", time.Hour); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
	if err := client.AbortUpload(ctx, bucket, list[0].Key, list[0].UploadId); err != nil || openUploads(t, "left/1") != 0 {
		t.Error(err)
	}
	if count, err := client.AbortUploads(ctx, bucket, "left/", 0); err != nil || count != 2 || openUploads(t, "left/3") != 0 {
		t.Error(count, err)
	}
}

func TestCredentialsThatAreReplacedSignTheNextRequests(t *testing.T) {
	client := newClient(t, config())
	client.SetBandwidthLimit(2 << 20)
	put := request("replaced")
	set := false
	put.ProgressFn = func(_, _, _ int64) {
		if !set {
			set = true
			if err := client.SetCredentials("test-sts-access-key-id", "test-sts-access-key-secret", "test-sts-token"); err != nil {
				t.Error(err)
			}
		}
	}
	mustUpload(t, client.NewUploader(), put, newFile(t, "file", randomBytes(20*partSize)))
	last := requests(t, "replaced", "CompleteMultipartUpload")[0]
	for _, header := range last.Headers {
		if header[0] == "authorization" && !strings.Contains(header[1], "test-sts-access-key-id") {
			t.Error(header)
		}
	}
	if err := client.SetCredentials("", "", ""); !errors.Is(err, ossresumable.CodeInvalidArgument) {
		t.Error(err)
	}
	if err := client.SetBandwidthLimit(1); !errors.Is(err, ossresumable.CodeInvalidArgument) {
		t.Error(err)
	}
}

func TestAnUploadTellsHowFarItIsAndCanBeCanceledWithoutAContext(t *testing.T) {
	client := newClient(t, config())
	client.SetBandwidthLimit(400000)
	upload, err := client.NewUploader().Start(context.Background(), request("started"), newFile(t, "file", randomBytes(50*partSize)))
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	for upload.Progress().PartsDone == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if look := upload.Progress(); look.Stage != ossresumable.StageUpload || look.Total != 50*partSize || look.PartsTotal != 50 || look.Transferred < partSize {
		t.Errorf("%+v", look)
	}
	upload.Cancel()
	upload.Cancel()
	_, err = upload.Wait()
	if !errors.Is(err, ossresumable.CodeCanceled) || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, again := upload.Wait(); !errors.Is(again, ossresumable.CodeCanceled) {
		t.Error(again)
	}
}
