package tests

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// What stands between the markers is printed in the README as it is.
func TestTheSnippetTellsWhyAnUploadFailed(t *testing.T) {
	_, err := newUploader(t).UploadFile(context.Background(), request("none"), filepath.Join(t.TempDir(), "none"))
	// snippet: begin
	var failure *ossresumable.Error
	switch {
	case errors.Is(err, fs.ErrNotExist): // what the operating system said
		fmt.Println("there is no such file")
	case errors.Is(err, ossresumable.CodeFileChanged):
		fmt.Println("the file changed while it was read")
	case errors.As(err, &failure) && failure.Retryable:
		fmt.Println("try again later:", failure.Message)
	}
	// snippet: end
	if !errors.As(err, &failure) || failure.Code != ossresumable.CodeFile {
		t.Fatal(err)
	}
}
