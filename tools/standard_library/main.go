// Command standard_library writes the table in which the bot's `doc` looks up symbols: every
// exported symbol of Go's standard library, with its signature, the version that introduced it,
// whether it is deprecated, and where it is documented.
//
//	go run tools/standard_library/*.go > gopherbot/content/reference/reference.tsv
//
// It reads the source of the toolchain that runs it, and Go's own lists of what each version
// introduced, which are in the toolchain's api folder. A Go that was not installed from go.dev may
// lack that folder: name one with -api. The same Go gives the same bytes.
//
// With -check it writes nothing, and compares the table with those lists line by line.
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"go/build"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
)

func main() {
	log.SetFlags(0)
	api := flag.String("api", filepath.Join(build.Default.GOROOT, "api"), "the folder of go1.txt, go1.1.txt and so on")
	check := flag.Bool("check", false, "compare with those lists instead of writing the table")
	flag.Parse()

	versions, err := readVersions(*api)
	if err != nil {
		log.Fatal(err)
	}
	packages, err := readPackages(filepath.Join(build.Default.GOROOT, "src"))
	if err != nil {
		log.Fatal(err)
	}
	date(packages, versions)
	if *check {
		report(packages, versions)
		return
	}
	write(packages)
}

// date sets the versions of packages and symbols. Fields promoted from an embedded type are in no
// list: their version is the later one of the outer type's and the field's own.
func date(packages []*Package, versions *versions) {
	for _, p := range packages {
		for _, s := range p.Symbols {
			s.Version = versions.since(p.Path, s.Name, s.Platform)
			if s.Version == "" {
				for _, part := range s.Parts {
					path, name, _ := strings.Cut(part, " ")
					if version := versions.since(path, name, s.Platform); compare(version, s.Version) > 0 {
						s.Version = version
					}
				}
			}
			p.Version = earlier(p.Version, s.Version)
		}
	}
}

// write prints a line for each package, then one for each of its symbols, indented by a tab:
// name, version, marks, page (if it is not the symbol's own), signature. The first line holds a
// checksum of the others, by which a test detects edits.
func write(packages []*Package) {
	var table bytes.Buffer
	for _, p := range packages {
		fmt.Fprintf(&table, "%s\t%s\t%s\n", p.Path, p.Version, marks(p.Deprecated, ""))
		for _, s := range p.Symbols {
			fmt.Fprintf(&table, "\t%s\t%s\t%s\t%s\t%s\n",
				s.Name, s.Version, marks(s.Deprecated, s.Platform), s.Page, s.Signature)
		}
	}
	fmt.Printf("# The standard library of %s, made by tools/standard_library: do not edit. sha256 %x\n",
		release(), sha256.Sum256(table.Bytes()))
	if _, err := table.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// marks returns a symbol's marks: "deprecated", and the system whose page documents it if Linux
// does not have it.
func marks(deprecated bool, platform string) string {
	var found []string
	if deprecated {
		found = append(found, "deprecated")
	}
	if system, _, _ := strings.Cut(platform, "-"); system != "" && system != platforms[0][0] {
		found = append(found, system)
	}
	return strings.Join(found, " ")
}

// release returns the version without its patch level, which changes no symbol: "go1.27".
func release() string {
	return strings.Join(strings.SplitN(runtime.Version(), ".", 3)[:2], ".")
}

// report prints how far the table and the lists agree, and where they don't.
func report(packages []*Package, versions *versions) {
	table := map[string]*Symbol{}
	without := map[string]int{}
	for _, p := range packages {
		for _, s := range p.Symbols {
			table[p.Path+" "+s.Name] = s
			if s.Version == "" {
				without[p.Path+" "+s.Name]++
			}
		}
	}
	var right, later, elsewhere int
	gone, wrong := map[string]int{}, map[string]int{}
	for _, l := range versions.lines {
		symbol := l.path + " " + l.name
		s := table[symbol]
		switch {
		case s == nil:
			gone[symbol]++
		case l.version == s.Version:
			right++
		case compare(l.version, s.Version) > 0:
			later++
		case l.platform != "" && l.platform != s.Platform:
			elsewhere++
		default:
			wrong[symbol]++
		}
	}
	fmt.Printf("%d lines in the lists\n", len(versions.lines))
	fmt.Printf("%d have the version of the table\n", right)
	fmt.Printf("%d are later: of a change to a symbol, or of its coming to another platform\n", later)
	fmt.Printf("%d are earlier, on another platform than that of the symbol's page\n", elsewhere)
	list("are earlier than the table", wrong)
	list("are not in the table", gone)
	fmt.Printf("%d symbols in the table\n", len(table))
	list("have no version", without)
}

func list(what string, found map[string]int) {
	lines := 0
	var names []string
	for name, count := range found {
		names = append(names, name)
		lines += count
	}
	sort.Strings(names)
	fmt.Printf("%d (%d symbols) %s\n", lines, len(names), what)
	for _, name := range names {
		fmt.Printf("  %s\n", name)
	}
}
