package ossresumable

import (
	"bytes"
	"testing"
	"unsafe"
)

func TestArgumentsAreWipedBeforeTheirMemoryIsFreed(t *testing.T) {
	var a arena
	defer a.free()
	const secret = "a secret"
	text := unsafe.Slice((*byte)(unsafe.Pointer(a.required("access_key_secret", secret))), len(secret)+1)
	if string(text) != secret+"\x00" {
		t.Fatal(text)
	}
	a.wipe()
	if !bytes.Equal(text, make([]byte, len(text))) {
		t.Error(text)
	}
}
