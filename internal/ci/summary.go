package ci

import (
	"errors"
	"io"
	"os"
	"strings"
)

const (
	// summaryLimit is the size in bytes above which GitHub drops a summary.
	// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
	summaryLimit = 1 << 20
	summaryCut   = "\n_Cut here: a summary holds at most 1 MiB._\n"
)

// summaryFile is a Markdown file of the platform's, with our part at its end.
type summaryFile struct {
	opened bool
	start  int64 // where our part begins, in bytes
	fresh  string
}

// write replaces our part of the file at path and leaves what was there before.
func (s *summaryFile) write(path, markdown string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	if !s.opened {
		if s.fresh, err = freshLine(file); err != nil {
			return err
		}
		if s.start, err = file.Seek(0, io.SeekEnd); err != nil {
			return err
		}
		s.opened = true
	}
	text, ok := cutSummary(s.fresh+markdown, summaryLimit-int(s.start))
	if !ok {
		return errors.New("no room is left for it in the file")
	}
	if err := file.Truncate(s.start); err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(text), s.start)
	return err
}

// cutSummary ends text at a line break if it takes more than limit bytes, and says so in it. It is false when there is no
// room even for that.
func cutSummary(text string, limit int) (string, bool) {
	if len(text) <= limit {
		return text, true
	}
	room := limit - len(summaryCut)
	if room < 0 {
		return "", false
	}
	return text[:strings.LastIndexByte(text[:room], '\n')+1] + summaryCut, true
}
