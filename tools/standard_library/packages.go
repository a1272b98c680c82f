package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// A Package of the standard library, with its symbols in order.
type Package struct {
	Path       string
	Version    string
	Deprecated bool
	Symbols    []*Symbol
}

// A Symbol that programs can name.
type Symbol struct {
	Name       string // "Client", "Client.Timeout"
	Signature  string
	Page       string   // "io/fs#FileInfo" if it is documented there and not under its own name
	Platform   string   // the platform whose page shows it: "linux-amd64"
	Parts      []string // "path name" of the type and of the member, if it is promoted
	Deprecated bool
	Version    string
}

// The platforms that pkg.go.dev has pages for, in its order: the first with a symbol shows it.
var platforms = [][2]string{{"linux", "amd64"}, {"windows", "amd64"}, {"darwin", "amd64"}, {"js", "wasm"}}

// readPackages reads every package under a folder, for every platform.
func readPackages(src string) ([]*Package, error) {
	paths, err := packagePaths(src)
	if err != nil {
		return nil, err
	}
	found := map[string]*Package{}
	seen := map[string]bool{}
	for _, platform := range platforms {
		loader, err := newLoader(platform[0], platform[1])
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			loaded, err := loader.load(path)
			var none *build.NoGoError
			if errors.As(err, &none) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s for %s: %w", path, platform[0], err)
			}
			p := found[path]
			if p == nil {
				p = &Package{Path: path, Deprecated: loaded.deprecated()}
				found[path] = p
			}
			for _, s := range symbols(loaded) {
				if !seen[path+" "+s.Name] {
					seen[path+" "+s.Name] = true
					s.Platform = platform[0] + "-" + platform[1]
					p.Symbols = append(p.Symbols, s)
				}
			}
		}
	}
	var all []*Package
	for _, p := range found {
		sort.Slice(p.Symbols, func(i, j int) bool { return p.Symbols[i].Name < p.Symbols[j].Name })
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Path < all[j].Path })
	return all, nil
}

// packagePaths lists the folders of packages that any program may import.
func packagePaths(src string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || path == src {
			return err
		}
		switch name := entry.Name(); {
		case name == "cmd" || name == "vendor" || name == "internal" || name == "testdata", strings.HasPrefix(name, "_"):
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(src, path)
		paths = append(paths, filepath.ToSlash(relative))
		return err
	})
	return paths, err
}

// A loader type-checks packages from source for one platform.
type loader struct {
	context build.Context
	files   *token.FileSet
	loaded  map[string]*loadedPackage
}

type loadedPackage struct {
	loader *loader
	path   string
	files  []*ast.File
	types  *types.Package

	declared map[string]declaration // cached by declarations
}

func newLoader(system, architecture string) (*loader, error) {
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = system, architecture, true
	// The default experiments differ between architectures, so ask the go command.
	list := exec.Command(filepath.Join(context.GOROOT, "bin", "go"), "list", "-f", `{{join context.ToolTags " "}}`, "unsafe")
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+architecture, "GOEXPERIMENT=")
	tags, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	context.ToolTags = strings.Fields(string(tags))
	return &loader{context, token.NewFileSet(), map[string]*loadedPackage{}}, nil
}

// load parses and type-checks a package of the standard library, without the bodies of functions.
func (l *loader) load(path string) (*loadedPackage, error) {
	if p := l.loaded[path]; p != nil {
		return p, nil
	}
	src := filepath.Join(l.context.GOROOT, "src")
	folder := filepath.Join(src, path)
	if _, err := os.Stat(folder); err != nil {
		folder = filepath.Join(src, "vendor", path)
	}
	about, err := l.context.ImportDir(folder, 0)
	if err != nil {
		return nil, err
	}
	p := &loadedPackage{loader: l, path: path}
	for _, name := range append(about.GoFiles, about.CgoFiles...) {
		file, err := parser.ParseFile(l.files, filepath.Join(about.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, file)
	}
	switch path {
	case "unsafe":
		p.types = types.Unsafe
	case "builtin": // a package for reading only
	default:
		config := types.Config{
			Importer: l, IgnoreFuncBodies: true, FakeImportC: true,
			Sizes: types.SizesFor("gc", l.context.GOARCH),
		}
		if p.types, err = config.Check(path, l.files, p.files, nil); err != nil {
			return nil, err
		}
	}
	l.loaded[path] = p
	return p, nil
}

// Import makes a loader a types.Importer.
func (l *loader) Import(path string) (*types.Package, error) {
	p, err := l.load(path)
	if err != nil {
		return nil, err
	}
	return p.types, nil
}

func (p *loadedPackage) deprecated() bool {
	for _, file := range p.files {
		if deprecated(file.Doc) {
			return true
		}
	}
	return false
}
