// Oss-upload uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped. Arguments, output
// and exit codes are those of the C example of the same name.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

const program = "oss-upload"

// How often the upload is looked at.
const look = 200 * time.Millisecond

const (
	exitDone          = 0
	exitForGood       = 1
	exitUsage         = 2
	exitTryAgain      = 3
	exitFile          = 4
	exitCheckpoint    = 5
	exitCommitUnknown = 6
	exitCanceled      = 130
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(arguments []string) int {
	if wantsHelp(arguments) {
		fmt.Print(help)
		return exitDone
	}
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
	options, err := parse(arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v (see %s --help)\n", program, err, program)
		return exitUsage
	}
	return upload(options)
}

func upload(options *options) int {
	// One signal cancels; after it the next one ends the program, as it would have without us.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()

	client, err := ossresumable.NewClient(&options.config)
	if err != nil {
		return report(nil, err)
	}
	defer client.Close()
	running, err := client.NewUploader().Start(ctx, &options.request, options.file,
		func(to *ossresumable.UploaderOptions) { *to = options.upload })
	if err != nil {
		return report(nil, err)
	}
	defer running.Close()
	return report(watch(running))
}

// watch shows the upload until it ends.
func watch(running *ossresumable.Upload) (result *ossresumable.UploadResult, err error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result, err = running.Wait()
	}()
	display := newDisplay()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			display.showRunning(running.Progress())
		case <-ended:
			display.showEnd(running.Progress(), err == nil)
			return result, err
		}
	}
}

func report(result *ossresumable.UploadResult, err error) int {
	var failure *ossresumable.Error
	if errors.As(err, &failure) {
		printWarnings(failure.Warnings)
		fmt.Fprintf(os.Stderr, "%s: %s oss_code=%s request_id=%s: %s\n", program, codeName(failure.Code),
			oneLine(failure.ErrorCode), oneLine(failure.RequestID), oneLine(failure.Message))
		return exitCode(failure)
	}
	printWarnings(result.Warnings)
	_, err = fmt.Printf("etag=%s crc64=%d request_id=%s resumed_bytes=%d\n", oneLine(result.ETag), result.HashCRC64,
		oneLine(result.RequestID), result.ResumedBytes)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: the object is stored, but stdout cannot be written\n", program)
		return exitForGood
	}
	return exitDone
}

// codeName is the name that the C API has for a code.
func codeName(code ossresumable.Code) string {
	return "E_" + strings.ToUpper(strings.ReplaceAll(code.String(), " ", "_"))
}

func exitCode(failure *ossresumable.Error) int {
	switch failure.Code {
	case ossresumable.CodeInvalidArgument:
		return exitUsage
	case ossresumable.CodeFile, ossresumable.CodeFileChanged:
		return exitFile
	case ossresumable.CodeCheckpoint:
		return exitCheckpoint
	case ossresumable.CodeNetwork:
		return exitTryAgain
	case ossresumable.CodeCommitUnknown:
		return exitCommitUnknown
	case ossresumable.CodeCanceled:
		return exitCanceled
	case ossresumable.CodeService, ossresumable.CodeCredentials:
		if failure.Retryable {
			return exitTryAgain
		}
	}
	return exitForGood
}

// oneLine is text of others, such as a server's message, in which nothing may steer the terminal or break the
// line; a dash if there is none.
func oneLine(text string) string {
	if text == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

var warningTexts = []struct {
	bit  ossresumable.Warnings
	text string
}{
	{ossresumable.WarnResumabilityLost, "the checkpoint could not be written, so this upload could not have been resumed"},
	{ossresumable.WarnCallbackFailed, "the object is stored, but the upload callback of OSS failed"},
	{ossresumable.WarnRestarted, "the earlier upload was gone on the server; everything was sent again"},
	{ossresumable.WarnPartSizeRaised, "the part size was raised so that the file fits into 10,000 parts"},
	{ossresumable.WarnCheckpointLeft, "the checkpoint could not be deleted; it was emptied"},
	{ossresumable.WarnCallbackReplyLost, "the object is stored; what the upload callback's receiver answered was lost"},
	{ossresumable.WarnUploadLeft, "an unfinished upload may be left on the server"},
}

func printWarnings(warnings ossresumable.Warnings) {
	for _, known := range warningTexts {
		if warnings.Has(known.bit) {
			fmt.Fprintf(os.Stderr, "%s: warning: %s\n", program, known.text)
		}
		warnings &^= known.bit
	}
	if warnings != 0 {
		fmt.Fprintf(os.Stderr, "%s: warning: %#x (of a newer library)\n", program, uint32(warnings))
	}
}
