package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	dotenvPrefix = "PUBLISH_OFFER_"
	// dotenvLimit is the size in bytes that a dotenv report must stay under.
	// https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
	dotenvLimit = 5 << 10
)

// dotenv renders one NAME=value line for each output, under dotenvLimit. What is too long is cut in texts for people; a cut
// path would lead nowhere.
func dotenv(outputs []Output) (string, error) {
	values := make([]string, len(outputs))
	size := 0
	for i, output := range outputs {
		values[i] = dotenvValue(output.Value)
		size += len(dotenvLine(output.Name, values[i]))
	}
	for _, name := range [...]string{outputMessage, outputFailedStep} {
		i := slices.IndexFunc(outputs, func(o Output) bool { return o.Name == name })
		if over := size - (dotenvLimit - 1); over > 0 && i >= 0 {
			cut := cutDotenv(outputs[i].Value, max(len(values[i])-over, 0))
			size -= len(values[i]) - len(cut)
			values[i] = cut
		}
	}
	if size >= dotenvLimit {
		return "", fmt.Errorf("the outputs take %d bytes; GitLab reads a file of less than %d", size, dotenvLimit)
	}
	var text strings.Builder
	for i, output := range outputs {
		text.WriteString(dotenvLine(output.Name, values[i]))
	}
	return text.String(), nil
}

func dotenvLine(name, value string) string {
	return dotenvPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "=" + value + "\n"
}

// percentReference is what GitLab expands besides $NAME and ${NAME}.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/expand_variables.rb
var percentReference = regexp.MustCompile(`%([A-Za-z_][A-Za-z0-9_]*%)`)

// dotenvValue writes a cleaned value so that GitLab, which knows no quotes and expands variables in later jobs, hands on
// what was meant.
func dotenvValue(value string) string {
	value = strings.ReplaceAll(value, "$", "%24")
	for percentReference.MatchString(value) {
		value = percentReference.ReplaceAllString(value, "% $1")
	}
	return value
}

// cutDotenv is the dotenv form of the longest beginning of value that takes at most limit bytes, with an ellipsis if there
// is room for one.
func cutDotenv(value string, limit int) string {
	const ellipsis = "…"
	room := limit - len(ellipsis)
	if room < 0 {
		return ""
	}
	// The dotenv form is never shorter, and never shrinks as the value grows.
	tooLong := sort.Search(min(len(value), room)+1, func(n int) bool { return len(dotenvValue(value[:n])) > room })
	n := max(tooLong-1, 0)
	for n > 0 && n < len(value) && !utf8.RuneStart(value[n]) {
		n--
	}
	return dotenvValue(strings.TrimRight(value[:n], " ")) + ellipsis
}

// checkPath tells whether the file at path can be written without following a symbolic link, and cleans the path.
func checkPath(path string) (string, error) {
	file := filepath.Clean(path)
	switch info, err := os.Lstat(file); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", cause(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return "", errors.New("it is a symbolic link")
	case info.IsDir():
		return "", errors.New("it is a folder")
	case !info.Mode().IsRegular():
		return "", errors.New("it is no regular file")
	}
	for folder := filepath.Dir(file); ; folder = filepath.Dir(folder) {
		info, err := os.Lstat(folder)
		above := filepath.Dir(folder)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("the folder %s does not exist", folder)
		case err != nil:
			return "", cause(err)
		case info.Mode()&fs.ModeSymlink != 0:
			// A link right below the root is the system's own (/tmp on macOS).
			if !filepath.IsAbs(folder) || filepath.Dir(above) != above {
				return "", fmt.Errorf("%s is a symbolic link", folder)
			}
		case !info.IsDir():
			return "", fmt.Errorf("%s is no folder", folder)
		}
		if above == folder || filepath.Base(folder) == ".." {
			break
		}
	}
	if err := writable(filepath.Dir(file)); err != nil {
		return "", fmt.Errorf("the folder %s cannot be written to: %w", filepath.Dir(file), err)
	}
	return file, nil
}

// writeDotenv replaces the file at path. The new file comes to its name complete, so a program killed at any moment leaves
// the old values or the new ones.
func writeDotenv(path string, outputs []Output) error {
	file, err := checkPath(path)
	text := ""
	if err == nil {
		text, err = dotenv(outputs)
	}
	if err == nil {
		err = cause(replaceFile(file, text))
	}
	return ofOutputs(path, err)
}

// ofOutputs says of an error which file it is about.
func ofOutputs(path string, err error) error {
	if err != nil {
		return fmt.Errorf("outputs file %s: %w", path, err)
	}
	return nil
}

func replaceFile(path, text string) error {
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	name := filepath.Base(path)
	unfinished := "." + name + ".tmp"
	// A run that was killed may have left one.
	if err := removed(folder, unfinished); err != nil {
		return err
	}
	err = writeNew(folder, unfinished, text)
	if err == nil {
		err = folder.Rename(unfinished, name)
	}
	if err != nil {
		_ = folder.Remove(unfinished) // the error before says more
	}
	return err
}

func writeNew(folder *os.Root, name, text string) error {
	file, err := newFile(folder, name)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// cause leaves out of a file error what our own sentence says already.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	if linkError, ok := errors.AsType[*os.LinkError](err); ok {
		return linkError.Err
	}
	return err
}
