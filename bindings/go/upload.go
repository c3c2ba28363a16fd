package ossresumable

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Upload is one upload that runs.
type Upload struct {
	handle  *handle
	call    *call
	token   cgo.Handle
	watcher *watcher
	waiting sync.Mutex
}

// Progress is a look at an upload.
type Progress struct {
	Stage       Stage
	Transferred int64 // Bytes sent so far, those of earlier runs included; never goes back.
	Total       int64 // Bytes; 0 until the file has been opened.
	Resumed     int64 // Bytes taken over from an earlier run, not sent again.
	PartsDone   int
	PartsTotal  int
	Retries     int // Attempts that had to be made again.
}

// start begins an upload of what source puts into the params or returns as a path.
func (u *Uploader) start(ctx context.Context, request *PutObjectRequest, optFns []func(*UploaderOptions), source func(*arena, *C.oss_resumable_params_t) *C.char) (*Upload, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	if request == nil {
		request = &PutObjectRequest{}
	}
	options := u.options
	for _, set := range optFns {
		set(&options)
	}
	var a arena
	defer a.free()
	params := options.native(&a, request)
	bucket, key := a.required("bucket", request.Bucket), a.required("object", request.Key)
	path := source(&a, params)
	if a.err != nil {
		return nil, a.err
	}
	client, open := u.client.handle.use()
	if !open {
		return nil, closedError("client")
	}
	defer u.client.handle.done()

	inside := &call{ctx: ctx, progress: request.ProgressFn}
	token := cgo.NewHandle(inside)
	if inside.progress != nil {
		C.oss_resumable_go_set_progress(params, C.uintptr_t(token))
	}
	var result *C.oss_resumable_result_t
	code := C.oss_resumable_upload_start((*C.oss_resumable_client_t)(client), bucket, key, path, params, &inside.upload, &result)
	if code != C.OSS_RESUMABLE_OK {
		defer C.oss_resumable_result_free(result)
		token.Delete()
		return nil, newError(code, result)
	}
	return newUpload(inside, token, u.client.hooks), nil
}

func newUpload(inside *call, token cgo.Handle, shared *hooks) *Upload {
	shared.share()
	owner := &handle{native: unsafe.Pointer(inside.upload)}
	owner.free = func(native unsafe.Pointer) {
		C.oss_resumable_upload_free((*C.oss_resumable_upload_t)(native))
		token.Delete()
		shared.leave()
	}
	upload := &Upload{handle: owner, call: inside, token: token, watcher: watch(inside.ctx, owner)}
	runtime.AddCleanup(upload, (*watcher).stopAndClose, upload.watcher)
	return upload
}

// watcher takes the end of a context to native code.
type watcher struct {
	upload *handle
	stop   chan struct{}
	once   sync.Once
	ended  chan struct{}
	fired  bool // Read after ended is closed.
}

func watch(ctx context.Context, upload *handle) *watcher {
	w := &watcher{upload: upload, stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		select {
		case <-ctx.Done():
			w.fired = true
			cancel(upload)
		case <-w.stop:
		}
	}()
	return w
}

// join ends the watcher, and tells whether the context ended before it.
func (w *watcher) join() bool {
	w.once.Do(func() { close(w.stop) })
	<-w.ended
	return w.fired
}

// stopAndClose frees the upload; a running one is canceled. It waits only for the watcher, which is about
// to end and never blocks.
func (w *watcher) stopAndClose() {
	w.join()
	cancel(w.upload)
	w.upload.close()
}

func cancel(upload *handle) {
	if native, open := upload.use(); open {
		C.oss_resumable_upload_cancel((*C.oss_resumable_upload_t)(native))
		upload.done()
	}
}

// Wait waits for the end, and runs the callbacks meanwhile. It may be called again after the end. A second
// goroutine that waits at the same time gets CodeState.
func (u *Upload) Wait() (*UploadResult, error) {
	if !u.waiting.TryLock() {
		return nil, &Error{Code: CodeState, Message: "another goroutine waits for this upload", Offset: -1}
	}
	defer u.waiting.Unlock()
	native, open := u.handle.use()
	if !open {
		return nil, closedError("upload")
	}
	defer u.handle.done()
	C.oss_resumable_go_wait(C.uintptr_t(u.token), (*C.oss_resumable_upload_t)(native))
	byContext := u.watcher.join()
	u.call.resume()

	var result *C.oss_resumable_result_t
	code := C.oss_resumable_upload_result((*C.oss_resumable_upload_t)(native), &result)
	defer C.oss_resumable_result_free(result)
	if code == C.OSS_RESUMABLE_OK {
		return newResult(result), nil
	}
	err := u.call.errorOf(code, result)
	if failure := err.(*Error); byContext && failure.Code == CodeCanceled {
		failure.blame(u.call.ctx)
	}
	return nil, err
}

// Progress gives the newest numbers. Never blocks; zero after Close.
func (u *Upload) Progress() Progress {
	native, open := u.handle.use()
	if !open {
		return Progress{}
	}
	defer u.handle.done()
	look := C.oss_resumable_progress_t{struct_size: C.sizeof_oss_resumable_progress_t}
	C.oss_resumable_upload_progress((*C.oss_resumable_upload_t)(native), &look)
	return Progress{
		Stage:       Stage(look.stage),
		Transferred: int64(look.consumed_bytes),
		Total:       int64(look.total_bytes),
		Resumed:     int64(look.resumed_bytes),
		PartsDone:   int(look.parts_done),
		PartsTotal:  int(look.parts_total),
		Retries:     int(look.retries),
	}
}

// Cancel asks the upload to end. Never blocks; any number of times.
func (u *Upload) Cancel() { cancel(u.handle) }

// Close frees the upload. A running one is canceled, and a Wait that runs returns. Never fails; closing
// twice is harmless, and so is forgetting it, which cancels the upload at some time.
func (u *Upload) Close() error {
	u.watcher.stopAndClose()
	return nil
}
