package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sort"
	"strings"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// thrown is what action.throw_at throws; no error of the library can be mistaken for it.
var thrown = errors.New("CONFORMANCE")

// run is one upload and its output.
type run struct {
	prefix   string
	object   ossresumable.PutObjectRequest
	file     string
	options  ossresumable.UploaderOptions
	action   action
	progress struct {
		calls, last, total int64
		wentWrong          bool
	}
	collections, collecting int64 // how many, and in how many calls of the progress callback
	output                  []string
}

// runs gives the first upload, and the second one, for which there are no actions.
func (r *request) runs() []*run {
	runs := []*run{{object: r.object, file: r.file, options: r.options, action: r.action}}
	if r.second.bucket != "" || r.second.object != "" || r.second.file != "" {
		object := r.object
		object.Bucket, object.Key = r.second.bucket, r.second.object
		none, _ := parse("")
		runs = append(runs, &run{prefix: "second.", object: object, file: r.second.file, options: r.options, action: none.action})
	}
	return runs
}

func newClient(r *request) (*ossresumable.Client, error) {
	return ossresumable.NewClient(&r.config)
}

func (r *run) do(client *ossresumable.Client) {
	if r.action.discard {
		err := client.Discard(context.Background(), r.object.Bucket, r.object.Key, r.file, r.options.CheckpointPath)
		if err != nil {
			r.fail(err)
			return
		}
		r.print("outcome", "ok")
		return
	}
	defer r.printProgress()
	defer func() {
		if value := recover(); value != nil {
			if value != thrown {
				panic(value)
			}
			r.print("outcome", "thrown")
			r.print("thrown", thrown.Error())
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.object.ProgressFn = func(increment, transferred, total int64) {
		r.note(transferred, total)
		r.act(client, cancel, transferred, total)
	}
	uploader := client.NewUploader(func(options *ossresumable.UploaderOptions) { *options = r.options })
	result, err := uploader.UploadFile(ctx, &r.object, r.file)
	if err != nil {
		r.fail(err)
		return
	}
	r.succeed(result)
}

func (r *run) note(transferred, total int64) {
	p := &r.progress
	p.wentWrong = p.wentWrong || transferred < p.last || transferred > total
	p.calls++
	p.last, p.total = transferred, total
}

func (r *run) act(client *ossresumable.Client, cancel func(), transferred, total int64) {
	r.collect(client)
	if transferred >= r.action.credentialsAt {
		r.action.credentialsAt = math.MaxInt64
		if err := client.SetCredentials(r.action.id, r.action.secret, r.action.token); err != nil {
			panic(err)
		}
	}
	if transferred >= r.action.cancelAt {
		cancel()
	}
	if transferred >= r.action.throwAt {
		panic(thrown)
	}
}

// collect spreads the collections over the calls, while parts are on their way: the bandwidth limit keeps
// the upload from ending before the last of them.
func (r *run) collect(client *ossresumable.Client) {
	if r.collections == r.action.collections {
		return
	}
	r.collecting++
	for i := 0; i < 500 && r.collections < r.action.collections; i++ {
		runtime.GC()
		r.collections++
	}
	if r.collections == r.action.collections {
		if err := client.SetBandwidthLimit(0); err != nil {
			panic(err)
		}
	}
}

var encoder = strings.NewReplacer("%", "%25", "\n", "%0A", "\r", "%0D")

func (r *run) print(name string, value any) {
	r.output = append(r.output, r.prefix+name+"="+encoder.Replace(fmt.Sprint(value)))
}

// printSome prints what is there: not "" and not 0.
func (r *run) printSome(name string, value any) {
	if text := fmt.Sprint(value); text != "" && text != "0" {
		r.print(name, text)
	}
}

func (r *run) fail(err error) {
	var failure *ossresumable.Error
	if !errors.As(err, &failure) {
		panic(err)
	}
	r.print("outcome", "error")
	r.print("code", int32(failure.Code))
	r.printSome("message", failure.Message)
	r.printSome("stage", failure.Stage)
	r.printSome("part_number", failure.PartNumber)
	if failure.Offset >= 0 {
		r.print("offset", failure.Offset)
	}
	r.printSome("http_status", failure.StatusCode)
	r.printSome("error_code", failure.ErrorCode)
	r.printSome("request_id", failure.RequestID)
	r.printSome("host_id", failure.HostID)
	r.printSome("ec", failure.EC)
	r.printSome("os_errno", int(failure.Errno))
	r.printSome("reason", failure.Reason)
	r.printSome("attempts", failure.Attempts)
	if failure.Retryable {
		r.print("retryable", 1)
	} else {
		r.print("retryable", 0)
	}
}

func (r *run) succeed(result *ossresumable.UploadResult) {
	r.print("outcome", "ok")
	r.printSome("etag", result.ETag)
	r.printSome("version_id", result.VersionId)
	r.printSome("upload_id", result.UploadId)
	r.print("crc64", result.HashCRC64)
	r.print("resumed_bytes", result.ResumedBytes)
	r.print("part_size", result.PartSize)
	r.print("parts", result.Parts)
	r.print("retries", result.Retries)
	r.print("warnings", uint32(result.Warnings))
	r.printSome("callback_error", result.CallbackError)
	r.printSome("body", string(result.Body))
	names := make([]string, 0, len(result.Headers))
	for name := range result.Headers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		r.print("header."+strings.ToLower(name), result.Headers.Get(name))
	}
}

func (r *run) printProgress() {
	p := r.progress
	r.print("progress.calls", p.calls)
	r.print("progress.last", p.last)
	r.print("progress.total", p.total)
	monotonic := 1
	if p.wentWrong {
		monotonic = 0
	}
	r.print("progress.monotonic", monotonic)
	if r.action.collections > 0 {
		r.print("collections", r.collections)
		r.print("collections.calls", r.collecting)
	}
}
