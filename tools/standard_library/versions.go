package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A line of the lists: a symbol, its platform ("" for all), and the version in which something
// about the symbol is new there.
type line struct{ path, name, platform, version string }

type versions struct {
	lines []line
	of    map[string]map[string]string // by "path name" and by platform: the first version
}

// The lists omit builtin and unsafe. Their symbols newer than Go 1 are from the release notes.
var unlisted = map[string]string{
	"builtin any": "1.18", "builtin comparable": "1.18",
	"builtin clear": "1.21", "builtin max": "1.21", "builtin min": "1.21",
	"unsafe Add": "1.17", "unsafe Slice": "1.17", "unsafe IntegerType": "1.17",
	"unsafe SliceData": "1.20", "unsafe String": "1.20", "unsafe StringData": "1.20",
}

var (
	// pkg net/http (linux-386), what
	listed = regexp.MustCompile(`^pkg ([^ ,]+)(?: \((\w+-\w+)[^)]*\))?, (.*)$`)
	method = regexp.MustCompile(`^method \(\*?(\w+)(?:\[[^\]]*\])?\) (\w+)`)
	member = regexp.MustCompile(`^type (\w+)(?:\[.*\])? (?:struct|interface), (embedded )?(.*)$`)
	top    = regexp.MustCompile(`^(?:const|func|type|var) (\w+)`)
	embeds = regexp.MustCompile(`(\w+)(?:\[.*\])?$`)
	named  = regexp.MustCompile(`^\w+`)
)

// readVersions reads every list of a folder: go1.txt, go1.1.txt and so on.
func readVersions(folder string) (*versions, error) {
	files, err := filepath.Glob(filepath.Join(folder, "go1*.txt"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no go1.txt in %s: name the folder api of Go's source with -api", folder)
	}
	v := &versions{of: map[string]map[string]string{}}
	for _, file := range files {
		version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "go"), ".txt")
		if version == "1" {
			version = "1.0"
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, l := range strings.Split(string(text), "\n") {
			v.add(l, version)
		}
	}
	return v, nil
}

func (v *versions) add(text, version string) {
	match := listed.FindStringSubmatch(text)
	if match == nil || strings.Contains(text, "//deprecated") {
		return
	}
	l := line{path: match[1], name: symbol(match[3]), platform: match[2], version: version}
	if l.name == "" {
		return
	}
	v.lines = append(v.lines, l)
	key := l.path + " " + l.name
	if v.of[key] == nil {
		v.of[key] = map[string]string{}
	}
	v.of[key][l.platform] = earlier(v.of[key][l.platform], version)
}

// symbol returns the symbol of a line: "Client", or "Client.Timeout" for a field or a method.
func symbol(what string) string {
	what, _, _ = strings.Cut(what, " #")
	if m := method.FindStringSubmatch(what); m != nil {
		return m[1] + "." + m[2]
	}
	if m := member.FindStringSubmatch(what); m != nil {
		if m[3] == "unexported methods" {
			return m[1]
		}
		if m[2] != "" {
			return m[1] + "." + embeds.FindStringSubmatch(m[3])[1]
		}
		return m[1] + "." + named.FindString(m[3])
	}
	if m := top.FindStringSubmatch(what); m != nil {
		return m[1]
	}
	return ""
}

// since returns the version that introduced a symbol, on the platform whose page shows it if the
// lists say so; "" if they lack the symbol.
func (v *versions) since(path, name, platform string) string {
	if path == "builtin" || path == "unsafe" {
		if version := unlisted[path+" "+name]; version != "" {
			return version
		}
		return "1.0"
	}
	of := v.of[path+" "+name]
	if version := earlier(of[""], of[platform]); version != "" {
		return version
	}
	first := ""
	for _, version := range of {
		first = earlier(first, version)
	}
	return first
}

// earlier returns the earlier of two versions, either of which may be unknown ("").
func earlier(a, b string) string {
	if a == "" || (b != "" && compare(b, a) < 0) {
		return b
	}
	return a
}

// compare orders versions: "1.9" comes before "1.10", and "" before any.
func compare(a, b string) int {
	return minor(a) - minor(b)
}

func minor(version string) int {
	_, after, _ := strings.Cut(version, ".")
	number, err := strconv.Atoi(after)
	if err != nil {
		return -1
	}
	return number
}
