package ossresumable

import (
	"errors"
	"strings"
	"testing"
)

func TestALibraryOfAnotherMinorOrMajorVersionIsRefusedWithASentence(t *testing.T) {
	for number, text := range map[int]string{200: "0.2.0", 10100: "1.1.0"} {
		err := checkVersion(number, text)
		if !errors.Is(err, CodeState) || !strings.Contains(err.Error(), text) {
			t.Errorf("%d: %v", number, err)
		}
	}
	if err := checkVersion(199, "0.1.99"); err != nil {
		t.Error(err)
	}
}
