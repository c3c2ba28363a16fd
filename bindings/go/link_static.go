//go:build !oss_resumable_dynamic

package ossresumable

// The engine becomes a part of the program. The library is the one beside this file, as in the published
// module, or in a directory that CGO_LDFLAGS names with -L.

// #cgo CFLAGS: -I${SRCDIR} -I${SRCDIR}/../../include
// #cgo linux,amd64 LDFLAGS: -L${SRCDIR}/native/linux_amd64
// #cgo LDFLAGS: -l:liboss_resumable.a -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
import "C"
