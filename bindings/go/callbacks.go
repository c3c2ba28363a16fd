package ossresumable

// #include "oss_resumable.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"sync/atomic"
)

// call is one blocking call of Go, in which callbacks may run. Callbacks of one call run one at a time, on
// its goroutine's thread.
type call struct {
	ctx      context.Context
	progress func(increment, transferred, total int64)
	told     int64 // how much progress was told before, for the increment
	thrown   *thrown
	provider error                     // what the CredentialsProvider returned last
	upload   *C.oss_resumable_upload_t // what waits; nil in calls without an upload
}

// thrown is how a callback of the program ended that did not return.
type thrown struct {
	value  any
	exited bool // by runtime.Goexit, as t.FailNow does
}

// run calls a callback of the program, and tells whether it returned. Neither a panic nor a Goexit may
// unwind the library's frames, so it runs on a goroutine of its own, and resume passes them on.
func (c *call) run(callback func()) bool {
	if c.thrown != nil {
		return false
	}
	ended := make(chan *thrown)
	go func() {
		result := &thrown{exited: true}
		defer func() {
			if value := recover(); value != nil {
				result = &thrown{value: value}
			}
			ended <- result
		}()
		callback()
		result = nil
	}()
	c.thrown = <-ended
	return c.thrown == nil
}

// resume goes on with what ended a callback, on the goroutine of the call.
func (c *call) resume() {
	switch {
	case c.thrown == nil:
	case c.thrown.exited:
		runtime.Goexit()
	default:
		panic(c.thrown.value)
	}
}

// hooks are the callbacks of a client. They are needed for as long as the client or one of its uploads
// is there.
type hooks struct {
	provider CredentialsProvider
	log      func(level LogLevel, line string)
	token    cgo.Handle
	owners   atomic.Int32
}

func newHooks(config *Config) *hooks {
	h := &hooks{provider: config.CredentialsProvider, log: config.LogFn}
	h.token = cgo.NewHandle(h)
	h.owners.Store(1)
	return h
}

func (h *hooks) share() { h.owners.Add(1) }

func (h *hooks) leave() {
	if h.owners.Add(-1) == 0 {
		h.token.Delete()
	}
}

//export ossResumableGoProgress
func ossResumableGoProgress(token C.uintptr_t, consumed, total C.int64_t) C.int32_t {
	c := cgo.Handle(token).Value().(*call)
	transferred := int64(consumed)
	increment := transferred - c.told
	c.told = transferred
	if !c.run(func() { c.progress(increment, transferred, int64(total)) }) {
		return 1
	}
	return 0
}

//export ossResumableGoCredentials
func ossResumableGoCredentials(hooksToken, callToken C.uintptr_t, answer *C.oss_resumable_credentials_answer_t) C.int32_t {
	h, c := cgo.Handle(hooksToken).Value().(*hooks), cgo.Handle(callToken).Value().(*call)
	var got Credentials
	if !c.run(func() { got, c.provider = h.provider.GetCredentials(c.ctx) }) {
		c.cancel()
		return 1
	}
	if c.provider != nil {
		return 1
	}
	var a arena
	defer a.free()
	id, secret := a.required("access_key_id", got.AccessKeyID), a.required("access_key_secret", got.AccessKeySecret)
	token := a.text("sts_token", got.SecurityToken)
	if a.err != nil {
		c.provider = a.err
		return 1
	}
	expires := C.int64_t(0)
	if got.Expires != nil {
		expires = C.int64_t(got.Expires.Unix())
	}
	if C.oss_resumable_credentials_answer(answer, id, secret, token, expires) != C.OSS_RESUMABLE_OK {
		return 1
	}
	return 0
}

//export ossResumableGoLog
func ossResumableGoLog(hooksToken, callToken C.uintptr_t, level C.int32_t, line *C.char) {
	h, c := cgo.Handle(hooksToken).Value().(*hooks), cgo.Handle(callToken).Value().(*call)
	text := C.GoString(line)
	if !c.run(func() { h.log(LogLevel(level), text) }) {
		c.cancel()
	}
}

// cancel ends the upload of a call, so that what ended a callback does not have to wait.
func (c *call) cancel() {
	C.oss_resumable_upload_cancel(c.upload)
}
