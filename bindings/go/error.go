package ossresumable

// #include "oss_resumable.h"
import "C"

import (
	"context"
	"errors"
	"syscall"
)

// Error is the only error type of this package. Get it with errors.As.
//
// errors.Is finds its Code; the context's error (context.Canceled or context.DeadlineExceeded) and cause,
// where the context ended the upload; the operating system's error, such as fs.ErrNotExist; and what a
// CredentialsProvider returned.
type Error struct {
	Code       Code
	Message    string        // A sentence for a person. Never holds a secret.
	Stage      string        // What the upload was busy with, such as "upload" or "complete".
	PartNumber int           // The part that failed, from 1; 0: no single one.
	Offset     int64         // Where in the file it failed, in bytes; -1: no place is concerned.
	StatusCode int           // The HTTP status of the answer that decided; 0: there was none.
	ErrorCode  string        // OSS's error code, such as "NoSuchBucket"; "": OSS reported none.
	RequestID  string        // OSS's id of the deciding request, for its support.
	HostID     string        // The host that refused, as OSS names it.
	EC         string        // OSS's finer error code, such as "0002-00000504".
	Errno      syscall.Errno // The operating system's error number behind it; 0: there is none.
	Reason     string        // With CodeNetwork, why: "dns", "stalled", "certificate_expired" …
	Attempts   int           // How often the request that failed in the end was tried.
	Retryable  bool          // The same call, unchanged, may succeed later.
	UploadId   string        // The multipart upload id; "": there was none.
	Warnings   Warnings

	causes []error
}

// Error begins with the package's name, and has OSS's request id at its end, if there is one.
func (e *Error) Error() string {
	text := "ossresumable: " + e.Code.String() + ": " + e.Message
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// Is tells whether the target is this error's Code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap gives what is behind the error: of the context, the operating system, a CredentialsProvider.
func (e *Error) Unwrap() []error {
	causes := e.causes
	if e.Errno != 0 {
		causes = append(causes[:len(causes):len(causes)], e.Errno)
	}
	return causes
}

// newError reads the details of a failure; the result may be NULL.
func newError(code C.oss_resumable_code_t, result *C.oss_resumable_result_t) *Error {
	if result == nil {
		return &Error{Code: Code(code), Message: Code(code).String(), Offset: -1}
	}
	return &Error{
		Code:       Code(code),
		Message:    C.GoString(C.oss_resumable_result_message(result)),
		Stage:      C.GoString(C.oss_resumable_result_stage(result)),
		PartNumber: int(C.oss_resumable_result_part_number(result)),
		Offset:     int64(C.oss_resumable_result_offset(result)),
		StatusCode: int(C.oss_resumable_result_http_status(result)),
		ErrorCode:  C.GoString(C.oss_resumable_result_error_code(result)),
		RequestID:  C.GoString(C.oss_resumable_result_request_id(result)),
		HostID:     C.GoString(C.oss_resumable_result_host_id(result)),
		EC:         C.GoString(C.oss_resumable_result_ec(result)),
		Errno:      syscall.Errno(C.oss_resumable_result_os_errno(result)),
		Reason:     C.GoString(C.oss_resumable_result_reason(result)),
		Attempts:   int(C.oss_resumable_result_attempts(result)),
		Retryable:  C.oss_resumable_result_retryable(result) != 0,
		UploadId:   C.GoString(C.oss_resumable_result_upload_id(result)),
		Warnings:   Warnings(C.oss_resumable_result_warnings(result)),
	}
}

// errorOf is nil for success.
func errorOf(code C.oss_resumable_code_t, result *C.oss_resumable_result_t) error {
	if code == C.OSS_RESUMABLE_OK {
		return nil
	}
	return newError(code, result)
}

func closedError(what string) error {
	return &Error{Code: CodeState, Message: "the " + what + " is closed", Offset: -1}
}

// contextError is for a context that ended before anything was begun.
func contextError(ctx context.Context) error {
	err := &Error{Code: CodeCanceled, Message: ctx.Err().Error(), Stage: "prepare", Offset: -1}
	err.blame(ctx)
	return err
}

func (e *Error) blame(ctx context.Context) {
	e.causes = append(e.causes, ctx.Err())
	if cause := context.Cause(ctx); !errors.Is(ctx.Err(), cause) {
		e.causes = append(e.causes, cause)
	}
}
