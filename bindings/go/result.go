package ossresumable

// #include "oss_resumable.h"
import "C"

import (
	"net/http"
	"unsafe"
)

// UploadResult tells of an upload that succeeded: the object is stored, and its CRC64 equals the file's.
type UploadResult struct {
	ETag          string // Without quotes; not an MD5 after a multipart upload.
	VersionId     string // "" without versioning.
	UploadId      string // "" when there was none: one PutObject.
	HashCRC64     uint64 // CRC-64 (ECMA-182) of the file and of the object.
	RequestID     string
	StatusCode    int
	Headers       http.Header // Of OSS's answer to the request that committed the object.
	Body          []byte      // Of that answer: with a Callback, what its receiver answered.
	ResumedBytes  int64       // Taken over from an earlier run and not sent again.
	PartSize      int64       // In bytes.
	Parts         int         // 1 for one PutObject.
	Retries       int         // Attempts that had to be made again.
	Warnings      Warnings
	CallbackError string // With WarnCallbackFailed: why, in OSS's words.
}

// newResult copies everything, so a result needs no Close.
func newResult(result *C.oss_resumable_result_t) *UploadResult {
	var length C.size_t
	body := C.oss_resumable_result_body(result, &length)
	return &UploadResult{
		ETag:          C.GoString(C.oss_resumable_result_etag(result)),
		VersionId:     C.GoString(C.oss_resumable_result_version_id(result)),
		UploadId:      C.GoString(C.oss_resumable_result_upload_id(result)),
		HashCRC64:     uint64(C.oss_resumable_result_crc64(result)),
		RequestID:     C.GoString(C.oss_resumable_result_request_id(result)),
		StatusCode:    int(C.oss_resumable_result_http_status(result)),
		Headers:       newHeaders(result),
		Body:          C.GoBytes(unsafe.Pointer(body), C.int(length)),
		ResumedBytes:  int64(C.oss_resumable_result_resumed_bytes(result)),
		PartSize:      int64(C.oss_resumable_result_part_size(result)),
		Parts:         int(C.oss_resumable_result_parts(result)),
		Retries:       int(C.oss_resumable_result_retries(result)),
		Warnings:      Warnings(C.oss_resumable_result_warnings(result)),
		CallbackError: C.GoString(C.oss_resumable_result_callback_error(result)),
	}
}

func newHeaders(result *C.oss_resumable_result_t) http.Header {
	headers := http.Header{}
	for i := C.size_t(0); i < C.oss_resumable_result_header_count(result); i++ {
		var name, value *C.char
		C.oss_resumable_result_header_at(result, i, &name, &value)
		headers.Add(C.GoString(name), C.GoString(value))
	}
	return headers
}
