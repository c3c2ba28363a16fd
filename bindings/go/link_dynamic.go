//go:build oss_resumable_dynamic

package ossresumable

// The program loads liboss_resumable.so when it starts. CGO_LDFLAGS names its directory with -L, unless the
// linker finds it by itself.

// #cgo CFLAGS: -I${SRCDIR} -I${SRCDIR}/../../include
// #cgo LDFLAGS: -loss_resumable
import "C"
