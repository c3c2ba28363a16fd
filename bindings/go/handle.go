package ossresumable

import (
	"sync"
	"unsafe"
)

// handle owns a native object that several goroutines use. It is freed when it has been closed and its
// last user has left, so a Close never pulls it away under a call that runs.
type handle struct {
	mutex  sync.Mutex
	native unsafe.Pointer
	users  int
	closed bool
	free   func(unsafe.Pointer)
}

// use returns the native object, and whether there still is one. Then the caller has to call done.
func (h *handle) use() (unsafe.Pointer, bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.closed {
		return nil, false
	}
	h.users++
	return h.native, true
}

func (h *handle) done() {
	h.mutex.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.mutex.Unlock()
	if last {
		h.free(h.native)
	}
}

// close never blocks; closing twice is harmless.
func (h *handle) close() {
	h.mutex.Lock()
	last := !h.closed && h.users == 0
	h.closed = true
	h.mutex.Unlock()
	if last {
		h.free(h.native)
	}
}
