package tests

import (
	"encoding/json"
	"os"
	"testing"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
	"github.com/oss-resumable/oss-resumable-go/internal/abi"
)

type snapshot struct {
	Structs map[string]struct {
		Size   uintptr
		Fields []struct {
			Name         string
			Offset, Size uintptr
		}
	}
	Codes, Constants, Stages map[string]int
	VersionNumber            int `json:"version_number"`
	Version                  string
}

func readSnapshot(t *testing.T) (s snapshot) {
	text, err := os.ReadFile("../../../tests/abi.json")
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSizesAndOffsetsOfStructsAreThoseOfTheABI(t *testing.T) {
	want, have := readSnapshot(t), abi.Structs()
	if len(have) != len(want.Structs) {
		t.Errorf("%d structs, not %d", len(have), len(want.Structs))
	}
	for name, structure := range want.Structs {
		if have[name].Size != structure.Size || len(have[name].Fields) != len(structure.Fields) {
			t.Errorf("%s: %v", name, have[name])
		}
		for _, field := range structure.Fields {
			if got := have[name].Fields[field.Name]; got != (abi.Field{Offset: field.Offset, Size: field.Size}) {
				t.Errorf("%s.%s: %v", name, field.Name, got)
			}
		}
	}
}

func TestCodesStagesAndConstantsAreThoseOfTheABI(t *testing.T) {
	want := readSnapshot(t)
	same(t, want.Codes, map[string]int{
		"OSS_RESUMABLE_E_INVALID_ARGUMENT": int(ossresumable.CodeInvalidArgument),
		"OSS_RESUMABLE_E_FILE":             int(ossresumable.CodeFile),
		"OSS_RESUMABLE_E_FILE_CHANGED":     int(ossresumable.CodeFileChanged),
		"OSS_RESUMABLE_E_CHECKPOINT":       int(ossresumable.CodeCheckpoint),
		"OSS_RESUMABLE_E_NETWORK":          int(ossresumable.CodeNetwork),
		"OSS_RESUMABLE_E_SERVICE":          int(ossresumable.CodeService),
		"OSS_RESUMABLE_E_INTEGRITY":        int(ossresumable.CodeIntegrity),
		"OSS_RESUMABLE_E_CANCELED":         int(ossresumable.CodeCanceled),
		"OSS_RESUMABLE_E_STATE":            int(ossresumable.CodeState),
		"OSS_RESUMABLE_E_COMMIT_UNKNOWN":   int(ossresumable.CodeCommitUnknown),
		"OSS_RESUMABLE_E_CREDENTIALS":      int(ossresumable.CodeCredentials),
		"OSS_RESUMABLE_E_INTERNAL":         int(ossresumable.CodeInternal),
		// Never seen by users: nil, and Wait waits.
		"OSS_RESUMABLE_OK":      0,
		"OSS_RESUMABLE_PENDING": 1,
	})
	same(t, want.Stages, map[string]int{
		"OSS_RESUMABLE_STAGE_PREPARE":  int(ossresumable.StagePrepare),
		"OSS_RESUMABLE_STAGE_RESUME":   int(ossresumable.StageResume),
		"OSS_RESUMABLE_STAGE_INITIATE": int(ossresumable.StageInitiate),
		"OSS_RESUMABLE_STAGE_UPLOAD":   int(ossresumable.StageUpload),
		"OSS_RESUMABLE_STAGE_COMPLETE": int(ossresumable.StageComplete),
		"OSS_RESUMABLE_STAGE_SETTLE":   int(ossresumable.StageSettle),
		"OSS_RESUMABLE_STAGE_ABORT":    int(ossresumable.StageAbort),
		"OSS_RESUMABLE_STAGE_DONE":     int(ossresumable.StageDone),
	})
	same(t, want.Constants, map[string]int{
		"OSS_RESUMABLE_AUTO":                         ossresumable.Auto,
		"OSS_RESUMABLE_ENDPOINT_PUBLIC":              int(ossresumable.EndpointPublic),
		"OSS_RESUMABLE_ENDPOINT_INTERNAL":            int(ossresumable.EndpointInternal),
		"OSS_RESUMABLE_ENDPOINT_ACCELERATE":          int(ossresumable.EndpointAccelerate),
		"OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS": int(ossresumable.EndpointAccelerateOverseas),
		"OSS_RESUMABLE_ENDPOINT_DUAL_STACK":          int(ossresumable.EndpointDualStack),
		"OSS_RESUMABLE_LOG_NONE":                     int(ossresumable.LogNone),
		"OSS_RESUMABLE_LOG_ERROR":                    int(ossresumable.LogError),
		"OSS_RESUMABLE_LOG_WARN":                     int(ossresumable.LogWarn),
		"OSS_RESUMABLE_LOG_INFO":                     int(ossresumable.LogInfo),
		"OSS_RESUMABLE_LOG_DEBUG":                    int(ossresumable.LogDebug),
		"OSS_RESUMABLE_LOG_TRACE":                    int(ossresumable.LogTrace),
		"OSS_RESUMABLE_VERIFY_IN_DOUBT":              int(ossresumable.VerifyInDoubt),
		"OSS_RESUMABLE_VERIFY_ALWAYS":                int(ossresumable.VerifyAlways),
		"OSS_RESUMABLE_VERIFY_NEVER":                 int(ossresumable.VerifyNever),
		"OSS_RESUMABLE_WARN_RESUMABILITY_LOST":       int(ossresumable.WarnResumabilityLost),
		"OSS_RESUMABLE_WARN_CALLBACK_FAILED":         int(ossresumable.WarnCallbackFailed),
		"OSS_RESUMABLE_WARN_RESTARTED":               int(ossresumable.WarnRestarted),
		"OSS_RESUMABLE_WARN_PART_SIZE_RAISED":        int(ossresumable.WarnPartSizeRaised),
		"OSS_RESUMABLE_WARN_CHECKPOINT_LEFT":         int(ossresumable.WarnCheckpointLeft),
		"OSS_RESUMABLE_WARN_UPLOAD_LEFT":             int(ossresumable.WarnUploadLeft),
		"OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST":     int(ossresumable.WarnCallbackReplyLost),
		// Taken from the header itself.
		"OSS_RESUMABLE_SOURCE_FILE":   1,
		"OSS_RESUMABLE_SOURCE_MEMORY": 2,
	})
}

func same(t *testing.T, want, have map[string]int) {
	t.Helper()
	for name, value := range want {
		if got, known := have[name]; !known || got != value {
			t.Errorf("%s: %d (known: %v), not %d", name, got, known, value)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d names, not %d", len(have), len(want))
	}
}

func TestTheLibraryIsOfTheHeadersVersion(t *testing.T) {
	want := readSnapshot(t)
	if abi.VersionNumber != want.VersionNumber || ossresumable.Version() != want.Version {
		t.Errorf("header %d, library %s, snapshot %d %s", abi.VersionNumber, ossresumable.Version(), want.VersionNumber, want.Version)
	}
}
