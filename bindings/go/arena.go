package ossresumable

// #include <stdlib.h>
// #include "oss_resumable.h"
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"time"
	"unsafe"
)

// arena holds the arguments of one call in C memory until free. The library copies what it is passed.
// Whoever fills it looks at err once, at the end.
type arena struct {
	blocks [][]byte
	pinner runtime.Pinner
	err    error
}

func (a *arena) free() {
	a.wipe()
	for _, block := range a.blocks {
		C.free(unsafe.Pointer(unsafe.SliceData(block)))
	}
	a.pinner.Unpin()
}

// wipe makes sure that no secret can be found in memory that was freed.
func (a *arena) wipe() {
	for _, block := range a.blocks {
		clear(block)
	}
}

// zeroed gives memory for a struct of C.
func zeroed[T any](a *arena) *T {
	return &zeroedSlice[T](a, 1)[0]
}

func zeroedSlice[T any](a *arena, count int) []T {
	var element T
	block := C.calloc(C.size_t(count), C.size_t(unsafe.Sizeof(element)))
	a.own(block, count*int(unsafe.Sizeof(element)))
	return unsafe.Slice((*T)(block), count)
}

func (a *arena) own(block unsafe.Pointer, size int) {
	a.blocks = append(a.blocks, unsafe.Slice((*byte)(block), size))
}

// required is text that is passed even if it is empty. C would end it at a NUL, and so something else
// would be uploaded than was asked for.
func (a *arena) required(field, text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 {
		a.refuse(field, "has a NUL byte")
		return nil
	}
	block := C.CString(text)
	a.own(unsafe.Pointer(block), len(text)+1)
	return block
}

// text gives NULL, the default, for empty text.
func (a *arena) text(field, text string) *C.char {
	if text == "" {
		return nil
	}
	return a.required(field, text)
}

// bytes gives the address of the data itself, which stays where it is until free.
func (a *arena) bytes(data []byte) unsafe.Pointer {
	pointer := unsafe.Pointer(unsafe.SliceData(data))
	a.pinner.Pin(pointer)
	return pointer
}

func (a *arena) int32(field string, number int) C.int32_t {
	if int(int32(number)) != number {
		a.refuse(field, "is out of range")
	}
	return C.int32_t(number)
}

// milliseconds rounds up, because 0 means the default.
func (a *arena) milliseconds(field string, duration time.Duration) C.int32_t {
	count := duration / time.Millisecond
	if duration%time.Millisecond > 0 {
		count++
	}
	return a.int32(field, int(count))
}

func (a *arena) flag(on bool) C.int32_t {
	if on {
		return 1
	}
	return 0
}

func (a *arena) headers(field string, headers []header) (*C.oss_resumable_header_t, C.size_t) {
	if len(headers) == 0 {
		return nil, 0
	}
	native := zeroedSlice[C.oss_resumable_header_t](a, len(headers))
	for i, header := range headers {
		native[i].name = a.required(field, header.name)
		native[i].value = a.required(field, header.value)
	}
	return &native[0], C.size_t(len(headers))
}

// refuse keeps the first reason, in the words of the library: the field's name comes first.
func (a *arena) refuse(field, why string) {
	if a.err == nil {
		a.err = &Error{Code: CodeInvalidArgument, Message: fmt.Sprintf("%s %s", field, why), Stage: "prepare", Offset: -1}
	}
}
