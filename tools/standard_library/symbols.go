package main

import (
	"go/ast"
	"go/printer"
	"go/types"
	"strings"
)

// A declaration of a symbol in the source.
type declaration struct {
	signature  string
	deprecated bool
}

// symbols lists the exported symbols of a package. Those declared in it are shown as declared;
// members promoted from embedded types are shown as declared in those types.
func symbols(p *loadedPackage) []*Symbol {
	var found []*Symbol
	written := p.declarations()
	for name, d := range written {
		if p.exports(name) {
			found = append(found, &Symbol{Name: name, Signature: d.signature, Deprecated: d.deprecated})
		}
	}
	if p.types == nil || p.types == types.Unsafe {
		return found
	}
	for _, name := range p.types.Scope().Names() {
		if t, ok := p.types.Scope().Lookup(name).(*types.TypeName); ok && t.Exported() {
			for member, at := range p.members(t) {
				if _, own := written[name+"."+member]; !own {
					found = append(found, p.promoted(name, member, at))
				}
			}
		}
	}
	return found
}

// exports reports whether "Client.Timeout" can be named outside its package. In builtin it is the
// other way round: capitalized names are only placeholders.
func (p *loadedPackage) exports(name string) bool {
	first, second, _ := strings.Cut(name, ".")
	if p.path == "builtin" {
		return !ast.IsExported(first)
	}
	return ast.IsExported(first) && (second == "" || ast.IsExported(second))
}

// promoted describes a member that a type gets from an embedded one.
func (p *loadedPackage) promoted(name, member string, at types.Object) *Symbol {
	s := &Symbol{Name: name + "." + member}
	if at.Pkg() == nil { // the only method that belongs to no package
		s.Signature, s.Page = "Error() string", "builtin#error.Error"
		return s
	}
	owner := ownerOf(at)
	from := p.loader.loaded[at.Pkg().Path()]
	if from == nil || owner == "" {
		return s
	}
	d := from.declarations()[owner+"."+member]
	s.Signature, s.Deprecated = d.signature, d.deprecated
	s.Parts = []string{p.path + " " + name, from.path + " " + owner + "." + member}
	switch {
	case ast.IsExported(owner):
		s.Page = from.path + "#" + owner + "." + member
	case strings.HasPrefix(d.signature, "func ("): // shown as a method of the type itself
		s.Signature = strings.Replace(d.signature, owner, name, 1)
	default:
		s.Page = p.path + "#" + name
	}
	return s
}

// declarations returns the top-level declarations of a package's files, and the fields and methods
// of its types.
func (p *loadedPackage) declarations() map[string]declaration {
	if p.declared != nil {
		return p.declared
	}
	found := map[string]declaration{}
	p.declared = found
	for _, file := range p.files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = receiver(d.Recv.List[0].Type) + "." + name
				}
				plain := *d
				plain.Doc, plain.Body = nil, nil
				found[name] = declaration{p.print(&plain), deprecated(d.Doc)}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						p.values(found, d, spec)
					case *ast.TypeSpec:
						p.typ(found, d, spec)
					}
				}
			}
		}
	}
	return found
}

func (p *loadedPackage) values(found map[string]declaration, d *ast.GenDecl, spec *ast.ValueSpec) {
	old := deprecated(d.Doc) || deprecated(spec.Doc) || deprecated(spec.Comment)
	for i, name := range spec.Names {
		signature := d.Tok.String() + " " + name.Name
		if p.types == nil {
			if spec.Type != nil {
				signature += " " + brief(spec.Type)
			}
			if i < len(spec.Values) {
				signature += " = " + types.ExprString(spec.Values[i])
			}
			found[name.Name] = declaration{signature, old}
			continue
		}
		object := p.types.Scope().Lookup(name.Name)
		if object == nil {
			continue // the blank identifier
		}
		if basic, ok := object.Type().(*types.Basic); !ok || basic.Info()&types.IsUntyped == 0 {
			signature += " " + types.TypeString(object.Type(), p.qualify)
		}
		if constant, ok := object.(*types.Const); ok {
			signature += " = " + constant.Val().String()
		}
		found[name.Name] = declaration{oneLine(signature), old}
	}
}

func (p *loadedPackage) typ(found map[string]declaration, d *ast.GenDecl, spec *ast.TypeSpec) {
	name := spec.Name.Name
	plain := *spec
	plain.Doc, plain.Comment, plain.Type = nil, nil, &ast.Ident{Name: brief(spec.Type)}
	found[name] = declaration{"type " + p.print(&plain), deprecated(spec.Doc) || (!d.Lparen.IsValid() && deprecated(d.Doc))}
	var fields []*ast.Field
	switch t := spec.Type.(type) {
	case *ast.StructType:
		fields = t.Fields.List
	case *ast.InterfaceType:
		fields = t.Methods.List
	}
	for _, field := range fields {
		old := deprecated(field.Doc) || deprecated(field.Comment)
		for _, n := range field.Names {
			text := " " + brief(field.Type)
			if isInterface(spec.Type) { // a method
				text = strings.TrimPrefix(text, " func")
			}
			found[name+"."+n.Name] = declaration{n.Name + text, old}
		}
		if len(field.Names) == 0 && !isInterface(spec.Type) {
			found[name+"."+receiver(field.Type)] = declaration{brief(field.Type), old}
		}
	}
}

// members returns the fields and methods of a type, by name, each with the object that declares it.
func (p *loadedPackage) members(t *types.TypeName) map[string]types.Object {
	found := map[string]types.Object{}
	typ := types.Unalias(t.Type())
	if named, ok := typ.(*types.Named); ok {
		typ = named.Origin()
	}
	if t.IsAlias() {
		if named, ok := typ.(*types.Named); !ok || named.Obj().Pkg() == nil {
			return found // the members of an alias for an unnamed type are declared there
		}
	}
	var of types.Type = typ
	if !types.IsInterface(typ) {
		of = types.NewPointer(typ)
	}
	set := types.NewMethodSet(of)
	for i := range set.Len() {
		if object := set.At(i).Obj(); object.Exported() {
			found[object.Name()] = object
		}
	}
	fields(found, typ, typ)
	return found
}

// fields adds the fields that can be selected on a value of a type, including promoted ones.
func fields(found map[string]types.Object, of, in types.Type) {
	if pointer, ok := in.Underlying().(*types.Pointer); ok {
		in = pointer.Elem()
	}
	structure, ok := in.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range structure.NumFields() {
		field := structure.Field(i)
		if field.Exported() && found[field.Name()] == nil {
			// Two embedded types with the same field hide it from each other.
			if object, _, _ := types.LookupFieldOrMethod(of, true, field.Pkg(), field.Name()); object == field {
				found[field.Name()] = field
			}
		}
		if field.Embedded() && field.Type() != of {
			fields(found, of, field.Type())
		}
	}
}

// ownerOf returns the name of the type that declares a field or a method.
func ownerOf(object types.Object) string {
	if function, ok := object.(*types.Func); ok {
		recv := function.Origin().Signature().Recv().Type()
		if pointer, ok := recv.(*types.Pointer); ok {
			recv = pointer.Elem()
		}
		if named, ok := recv.(*types.Named); ok {
			return named.Obj().Name()
		}
	}
	scope := object.Pkg().Scope()
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || t.IsAlias() {
			continue
		}
		switch u := t.Type().Underlying().(type) {
		case *types.Struct:
			for i := range u.NumFields() {
				if u.Field(i).Pos() == object.Pos() {
					return name
				}
			}
		case *types.Interface:
			for i := range u.NumExplicitMethods() {
				if u.ExplicitMethod(i).Pos() == object.Pos() {
					return name
				}
			}
		}
	}
	return ""
}

func (p *loadedPackage) qualify(other *types.Package) string {
	if other == p.types {
		return ""
	}
	return other.Name()
}

func (p *loadedPackage) print(node any) string {
	var out strings.Builder
	config := printer.Config{Mode: printer.RawFormat}
	if err := config.Fprint(&out, p.loader.files, node); err != nil {
		panic(err)
	}
	return oneLine(out.String())
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("( ", "(", ", )", ")").Replace(text)
}

// brief writes a type in one line. The members of a struct or an interface are left out, because
// they have their own lines.
func brief(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StructType:
		if len(t.Fields.List) > 0 {
			return "struct{ ... }"
		}
	case *ast.InterfaceType:
		if len(t.Methods.List) > 0 {
			return "interface{ ... }"
		}
	}
	return oneLine(types.ExprString(t))
}

func isInterface(t ast.Expr) bool {
	_, is := t.(*ast.InterfaceType)
	return is
}

// receiver returns the name of the type behind stars, brackets and package names.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.ParenExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name
	}
	return "?"
}

// deprecated reports whether a comment has a paragraph that begins with "Deprecated:".
func deprecated(comment *ast.CommentGroup) bool {
	if comment == nil {
		return false
	}
	for _, paragraph := range strings.Split(comment.Text(), "\n\n") {
		if strings.HasPrefix(strings.TrimSpace(paragraph), "Deprecated:") {
			return true
		}
	}
	return false
}
