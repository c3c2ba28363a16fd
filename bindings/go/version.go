package ossresumable

// #include "oss_resumable.h"
import "C"

import "fmt"

// Version is the version of the engine that is linked or loaded, "MAJOR.MINOR.PATCH".
func Version() string { return C.GoString(C.oss_resumable_version()) }

// checkVersion refuses a library of another major or minor version than the header's, MAJOR * 10000 +
// MINOR * 100 + PATCH.
func checkVersion(library int, text string) error {
	made := int(C.OSS_RESUMABLE_VERSION_NUMBER)
	if library/100 != made/100 {
		return &Error{
			Code: CodeState,
			Message: fmt.Sprintf("liboss_resumable is of version %s, and this package was made for %d.%d",
				text, made/10000, made/100%100),
			Offset: -1,
		}
	}
	return nil
}
