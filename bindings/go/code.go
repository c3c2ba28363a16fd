package ossresumable

import "fmt"

// Code says how a call failed. It is an error itself, so that errors.Is(err, CodeNetwork) can ask for it.
type Code int32

const (
	// CodeInvalidArgument: something that cannot be used; the message begins with the field's name.
	// Nothing was sent.
	CodeInvalidArgument Code = -1
	// CodeFile: the local file cannot be opened or read, or is not a regular file. Not committed.
	CodeFile Code = -2
	// CodeFileChanged: the local file changed while it was being uploaded. Not committed.
	CodeFileChanged Code = -3
	// CodeCheckpoint: the checkpoint is in use, cannot be written, or is not one. Not committed.
	CodeCheckpoint Code = -4
	// CodeNetwork: no usable answer within the retry time. Not committed; call again to resume.
	CodeNetwork Code = -5
	// CodeService: OSS refused; see StatusCode, ErrorCode and EC. Not committed.
	CodeService Code = -6
	// CodeIntegrity: what OSS stored is not what was sent, after all retries: a part (not committed),
	// or, as the message then says, the object itself.
	CodeIntegrity Code = -7
	// CodeCanceled: ended by the context, Upload.Cancel or Upload.Close. Not committed.
	CodeCanceled Code = -8
	// CodeState: the wrong moment: two goroutines wait for one upload, or something is closed already.
	CodeState Code = -9
	// CodeCommitUnknown: the commit was sent, and no answer told what became of it. Calling again
	// settles it, or uploads anew.
	CodeCommitUnknown Code = -10
	// CodeCredentials: no credentials could be had from where they were to come from. Not committed.
	CodeCredentials Code = -11
	// CodeInternal: a bug in the library, caught; or no thread could be started.
	CodeInternal Code = -99
)

var codeNames = map[Code]string{
	CodeInvalidArgument: "invalid argument",
	CodeFile:            "file",
	CodeFileChanged:     "file changed",
	CodeCheckpoint:      "checkpoint",
	CodeNetwork:         "network",
	CodeService:         "service",
	CodeIntegrity:       "integrity",
	CodeCanceled:        "canceled",
	CodeState:           "state",
	CodeCommitUnknown:   "commit unknown",
	CodeCredentials:     "credentials",
	CodeInternal:        "internal",
}

// Error gives the code's name.
func (c Code) Error() string { return c.String() }

// String gives the code's name, such as "file changed".
func (c Code) String() string {
	if name, known := codeNames[c]; known {
		return name
	}
	return fmt.Sprintf("code %d", int32(c))
}

// Warnings are things worth knowing about an upload that do not change its outcome; a set of bits.
type Warnings uint32

const (
	// WarnResumabilityLost: the checkpoint could not be written; the upload could not have been resumed.
	WarnResumabilityLost Warnings = 1
	// WarnCallbackFailed: the object is stored, but the upload callback of OSS failed (HTTP 203).
	WarnCallbackFailed Warnings = 2
	// WarnRestarted: the upload id was gone on the server; everything was sent again under a new one.
	WarnRestarted Warnings = 4
	// WarnPartSizeRaised: the part size was raised so that the file fits into 10,000 parts.
	WarnPartSizeRaised Warnings = 8
	// WarnCheckpointLeft: the checkpoint could not be deleted; it was emptied.
	WarnCheckpointLeft Warnings = 16
	// WarnUploadLeft: an unfinished multipart upload may be left on the server.
	WarnUploadLeft Warnings = 32
	// WarnCallbackReplyLost: the object is stored, but what the callback's receiver answered was lost.
	WarnCallbackReplyLost Warnings = 64
)

// Has tells whether all bits of which are set.
func (w Warnings) Has(which Warnings) bool { return w&which == which }

// Stage is what an upload is busy with.
type Stage int32

// The stages, in the order in which an upload goes through them; some are left out.
const (
	StagePrepare  Stage = 0 // opening the file and the checkpoint
	StageResume   Stage = 1 // finding out which finished parts still hold
	StageInitiate Stage = 2 // beginning a multipart upload
	StageUpload   Stage = 3 // sending
	StageComplete Stage = 4 // OSS puts the object together
	StageSettle   Stage = 5 // finding out what became of a commit whose answer was lost
	StageAbort    Stage = 6 // removing what was sent from the server
	StageDone     Stage = 7 // ended
)
