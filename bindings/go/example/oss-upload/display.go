package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	ossresumable "github.com/oss-resumable/oss-resumable-go"
)

// Speed is measured over the last five seconds: long enough to be steady, short enough to be news.
const samples = int(5 * time.Second / look)

const barWidth = 12

type sample struct {
	at   time.Time
	sent int64
}

type display struct {
	terminal bool
	shown    bool
	started  time.Time
	lastLine time.Time
	samples  []sample
}

func newDisplay() *display {
	info, err := os.Stderr.Stat()
	term := os.Getenv("TERM")
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && term != "" && term != "dumb"
	return &display{terminal: terminal, started: time.Now()}
}

// sent is what this run sent; what an earlier one did would look like an enormous speed.
func sent(progress ossresumable.Progress) int64 {
	return max(progress.Transferred-progress.Resumed, 0)
}

// measure adds a look to the window, and returns bytes per second over it.
func (d *display) measure(progress ossresumable.Progress) float64 {
	newest := sample{time.Now(), sent(progress)}
	d.samples = append(d.samples, newest)
	if len(d.samples) > samples {
		d.samples = d.samples[1:]
	}
	return perSecond(newest.sent-d.samples[0].sent, newest.at.Sub(d.samples[0].at))
}

func perSecond(bytes int64, time time.Duration) float64 {
	if time <= 0 {
		return 0
	}
	return float64(bytes) / time.Seconds()
}

func duration(seconds float64) string {
	if seconds >= 360000 {
		return "days"
	}
	whole := int(seconds + 0.5)
	if whole >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", whole/3600, whole/60%60, whole%60)
	}
	return fmt.Sprintf("%d:%02d", whole/60, whole%60)
}

var stageTexts = map[ossresumable.Stage]string{
	ossresumable.StagePrepare:  "preparing",
	ossresumable.StageResume:   "resuming",
	ossresumable.StageInitiate: "beginning",
	ossresumable.StageComplete: "completing",
	ossresumable.StageSettle:   "settling the commit",
	ossresumable.StageAbort:    "cleaning up",
}

// state stands at the end of the line: the time left while sending, else what is being done.
func (d *display) state(progress ossresumable.Progress, speed float64) string {
	switch progress.Stage {
	case ossresumable.StageUpload:
		if speed < 1 {
			return "-:-- left"
		}
		return duration(float64(progress.Total-progress.Transferred)/speed) + " left"
	case ossresumable.StageDone:
		return "ended after " + duration(time.Since(d.started).Seconds())
	}
	if text, known := stageTexts[progress.Stage]; known {
		return text
	}
	return "working" // a newer library may have more stages
}

func (d *display) show(progress ossresumable.Progress, speed float64) {
	share := 0.0
	if progress.Total > 0 {
		share = float64(progress.Transferred) / float64(progress.Total)
	} else if progress.Stage == ossresumable.StageDone {
		share = 1
	}
	filled := int(share * barWidth)
	line := fmt.Sprintf("[%s%s] %3d%%  %.1f MB/s  %d/%d parts  %d retries  %s", strings.Repeat("#", filled),
		strings.Repeat("-", barWidth-filled), int(share*100), speed/1e6, progress.PartsDone, progress.PartsTotal,
		progress.Retries, d.state(progress, speed))
	if d.terminal {
		// A line that wraps could not be overwritten.
		fmt.Fprintf(os.Stderr, "\r\033[K%.79s", line)
	} else {
		fmt.Fprintf(os.Stderr, "%s: %s\n", program, line)
	}
	d.shown = true
}

// showRunning shows a running upload: on a terminal at every look, else at most once a second.
func (d *display) showRunning(progress ossresumable.Progress) {
	speed := d.measure(progress)
	if progress.Total > 0 && (d.terminal || time.Since(d.lastLine) >= time.Second) {
		d.show(progress, speed)
		d.lastLine = time.Now()
	}
}

// showEnd shows the last state, with the speed of the whole run, and leaves the line. A run that showed nothing
// and failed has nothing to say here.
func (d *display) showEnd(progress ossresumable.Progress, succeeded bool) {
	if !d.shown && !succeeded {
		return
	}
	d.show(progress, perSecond(sent(progress), time.Since(d.started)))
	if d.terminal {
		fmt.Fprintln(os.Stderr)
	}
}
