r"""Weighted patterns that tell Go from everything else that members paste.

Patterns match single lines, after `detect.bare_lines` has emptied strings and dropped comments, so
they never match text inside those. In the lists below, each line is a weight and an RE2 regular
expression, whose running time is linear in the line for any input. It may be followed by UNLESS
and a second expression, which cancels the sign if it matches too. TYPE stands for a Go type that no
other language has, and PACKAGE for the name of a well-known package.
https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re2

_BASIC = (
    r"(?:u?int(?:8|16|32|64)?|uintptr|float(?:32|64)|complex(?:64|128)|string|byte|rune|bool|error"
    r"|any)\b|struct\b|interface\b|func\(|[a-z]\w*\.[A-Z]\w*"
)
_BUILT = r"(?:\*|\[\d*\]|\[\.\.\.\]|\.\.\.|<-chan |chan(?:<-)? |map\[[^\]]+\])"
_TYPE = rf"(?:{_BUILT}*(?:{_BASIC})|{_BUILT}+[A-Za-z]\w*|map\[[^\]]+\]|<-chan |chan(?:<-)? )"
_PACKAGE = (
    r"(?:fmt|strings|strconv|os|io|ioutil|http|json|sync|atomic|time|errors|context|ctx|bytes|bufio"
    r"|log|slog|sort|slices|maps|math|rand|big|filepath|reflect|runtime|debug|unsafe|url|net|tls"
    r"|sql|regexp|utf8|unicode|template|flag|exec|signal|hex|base64|binary|xml|csv|gob|sha256|md5"
    r"|testing|httptest|iotest|cmp|iter|embed|fs|assert|require|errgroup|zap|logrus|gin|mux|chi"
    r"|viper|cobra|grpc|uuid|proto)"
)
_MOST_MEMORY = 4 * 1024 * 1024
"""RE2's memory limit for each list, in bytes. A larger cache of automaton states is faster."""


class Signs:
    """Patterns that are all searched for in one pass over a line."""

    def __init__(self, lines: str) -> None:
        options = re2.Options()
        options.max_mem = _MOST_MEMORY
        self._set = re2.Set.SearchSet(options)
        self._weights: dict[int, float] = {}
        self._unless: dict[int, int] = {}
        for line in lines.splitlines():
            weight, _, patterns = line.strip().partition("  ")
            if weight and not weight.startswith("#"):
                pattern, _, exception = patterns.partition("  UNLESS  ")
                number = self._add(pattern)
                self._weights[number] = float(weight)
                if exception:
                    self._unless[number] = self._add(exception)
        self._set.Compile()

    def _add(self, pattern: str) -> int:
        whole = pattern.strip().replace("TYPE", _TYPE).replace("PACKAGE", _PACKAGE)
        return int(self._set.Add(whole))

    def within(self, line: str) -> dict[int, float]:
        """Return the weights of the signs in a line, by the signs' numbers."""
        # A file may contain half a surrogate pair, which has no UTF-8 encoding.
        found = self._set.Match(line.encode("utf-8", "replace")) or ()
        return {
            number: self._weights[number]
            for number in found
            if number in self._weights and self._unless.get(number) not in found
        }


FOR = Signs(
    r"""
    # Declarations.
    2    ^package [a-z]\w*$
    2    ^package main$|^func main\(\) ?\{
    3    ^import \($
    2    ^import (?:[\w.]+ )?""$
    1    ^\t(?:[\w.]+ )?""$
    4    ^func (?:\(\w+ [^)]+\) )?\w+(?:\[[^\]]+\])?\([^{]*TYPE.*\{(?:.*\})?$
    4    ^func \((?:\w+ )?\*?\w+(?:\[[^\]]+\])?\) \w+\([^:>]*\{(?:.*\})?$
    2    ^func \w+\([^:>]*\) ?(?:[\w.*\[\], ()]+ )?\{(?:.*\})?$
    1.5  ^func (?:\([^)]+\) )?\w+\(.*TYPE[^{:>]*$
    4    ^\s*(?:type )?[A-Za-z]\w*(?:\[[^\]]+\])? (?:struct|interface) ?\{
    3    ^\s*type [A-Za-z]\w*(?:\[[^\]]+\])? (?:= )?TYPE
    3    ^(?:var|const|type) \($
    3    ^\s*(?:var|const) \w+(?:, \w+)* TYPE[^;]*$
    2    ^\s*var \w+(?:, \w+)* \*?[A-Z]\w*$
    2    \biota\b
    3    ^\s*[A-Za-z_]\w*(?:, \w+)* +[\w.*\[\]{}<-]+ +`tag`$
    1    ^\s+[A-Za-z_]\w*(?:, \w+)* +TYPE[^(){};=:]*$
    1    ^\s+[A-Z]\w*\(.*\) *(?:\(.*\)|TYPE|\*?[A-Z]?\w*)$

    # Statements.
    2    ^\s*(?:\w+: )?[A-Za-z_][\w.]*(?:, [A-Za-z_]\w*)* ?:= ?[^;]*$
    3    ^\s*(?:\} else )?if [A-Za-z_]\w*(?:, [A-Za-z_]\w*)* ?:= ?[^;]*; .*\{$
    3    ^\s*for [A-Za-z_]\w*(?:, [A-Za-z_]\w*)* :?= range .+\{
    2    ^\s*for range .+\{
    3    ^\s*for \w+(?:, \w+)* ?:= ?[^;()]*; [^;]*; ?[^;]*\{
    1.5  ^\s*for \{$
    4    ^\s*(?:\} else )?if .*\berr\w* [!=]= nil\b.*\{
    1.5  \b\w+ [!=]= nil\b[^;]*$
    1.5  ^\s*return (?:.*, )?(?:err|nil)$
    3    ^\s*(?:return .*)?\b(?:fmt\.Errorf|errors\.(?:New|Is|As|Wrapf?))\(
    3    ^\s*defer (?:func\(|[\w.]+(?:\[[^\]]*\])?\(.*\)$)
    3    ^\s*go (?:func\(|[\w.]+\(.*\)$)
    3    \bmake\((?:chan\b|map\[|\[\])
    2    (?:^|[=(,] ?|case |return )<-[A-Za-z_]
    1    ^\s*[A-Za-z_][\w.\[\]]* <- [^;]+$
    2    ^\s*select \{$
    3    ^\s*case .*<-.*:$
    1    ^\s*switch (?:[^()]*|.*\.\(type\)) ?\{$
    3    ^\s*switch .*\.\(type\) \{$
    0.5  ^\s*(?:case [^()]+|default):$
    0.5  ^\s*if [^()].*[^)] \{$
    2    \bappend\(\w[\w.]*, .
    1    ^\s*for [^():]+ \{$  UNLESS  \b(?:in|of)\b
    1    ^\s*[\w.\[\]]+(?:\+\+|--)$
    2    ^\s*fallthrough$

    # Expressions.
    2    \bPACKAGE\.[A-Z]\w*\b[^;]*$
    1    ^\s*[\w.\[\]]+\.[A-Z]\w*\(.*[)({,]$
    2    &(?:\w+\.)?[A-Z]\w*\{
    2    (?:\[\d*\]|\[\.\.\.\])\*?[A-Za-z][\w.]*\{
    3    \bmap\[[A-Za-z][\w.]*\][\w.*\[\]]+
    2    \bmap\[[^\]]+\][\w.*\[\]]+\{
    1.5  \w\.\.\.\)
    1    ^\s*\{[A-Z]\w*: [^;]*\},$
    0.5  ^\s*\{"", [^;]*\},$
    2    (?:^|[^\w\])])\[\](?:byte|string|int|rune|error|any|float64|bool)\b
    2    \bfunc\([^:>]*\) ?[^:>]*\{(?:.*\})?\)?,?$
    2    \.\(\*?[A-Za-z][\w.]*\)(?:[^.]|$)
    2    \b(?:interface|struct)\{\}
    2    \b(?:\*testing\.[TBM]|context\.Context|http\.ResponseWriter|sync\.\w+)\b
    0.5  ^\s*[A-Z]\w*: +[^;]*[,{]$
    0.5  ^\s*\}\(.*\)$
    """
)

AGAINST = Signs(
    r"""
    # Prose and Markdown. No line of Go has five words in a row.
    2    (?:^|[^\pL\d_'’-])(?:\pL+(?:['’-]\pL+)* +){4}\pL
    1    ^[^{}=;]*\pL +\pL+[.?!:)]*[.?!]$
    2    [\x{0400}-\x{1fff}\x{3040}-\x{ffdc}]{3}
    1.5  ^\s*(?:[-*+•>] |\d+[.)] |\#{1,6} )
    2    \]\(https?:|^\s*\|.*\|$

    # Logs, traces and the output of tools.
    3    ^\W?\d{4}[-/]\d\d[-/]\d\d[ T]|^\W?\d\d:\d\d:\d\d\b|^[A-Z][a-z]{2} +\d+ \d\d:\d\d:
    3    ^\W*(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|PANIC|DBG|INF|WRN|ERR)\b
    3    \b(?:level|lvl|msg|ts|time)=\S
    3    ^goroutine \d+ \[|^panic: |^fatal error: |^created by |\+0x[0-9a-f]+\b|^exit status \d
    3    ^(?:\#+ )?\S*\.(?:go|s|py|js|ts|java|c|cc|cpp|h|rs):\d+|\bin \S+\.\w+:\d+$
    3    ^\s+\S+\.go:\d+\b|\b0xc000[0-9a-f]{6}\b
    3    ^\s*(?:--- (?:FAIL|PASS|SKIP)|=== (?:RUN|CONT|PAUSE|NAME))|^(?:ok|FAIL|PASS|\?) *(?:\t|$)
    3    ^\s*(?:[\d.]+m?s|\.) +(?:[\d.]+m?s|\.) .
    3    ^(?:go|vet|gopls|note|error|warning|make)(?:\[\w+\])?: \S|^\s+(?:have|want) \(
    3    ^(?:pkg|goos|goarch|cpu): |^Benchmark\w+(?:-\d+)?\s+\d|^Traceback|^\s+at \S+\(.*\)?$
    3    ^[$%>] \S|^\S+@\S+[:~].*[$\#] |^(?:diff --git|index [0-9a-f]{7}|@@ -|\+\+\+ |--- )
    2    ^[+-](?:\s+\S|[^\s+-])
    2    ^\s*\d+[:|\t] .*[^,]$

    # go.mod and go.sum.
    3    ^module \S+$|^go 1\.\d|^\s*(?:require \(?|replace .*=> )|^(?:toolchain|retract|exclude) .
    3    ^\s*(?:require )?[\w./~-]+\.[\w./~-]+ v\d+\.\d+\.\d+|\bh1:\S+=$

    # Data.
    2    ^\s*(?:- )?[A-Za-z_$][\w.\-/$]*:(?: [^,{(]*[^,{(\s:])?$  UNLESS  (?:default:|\})$
    1    ^\s*- .
    2    ^\[+[\w."-]+\]+$
    1    ^[\w.-]+ ?= ?(?:""|'.*'|\d[\d.]*|true|false|\[.*\]?)$
    2    ^\s*"" ?: ?(?:""|[\d.]+|true|false|null|\{|\[)$|^\s*"" ?: ?null,?$
    2    ^\s*</?[A-Za-z!][^<>]*>|\{\{-? [\w.$"]|\{\{[.$\#/]|\{%
    3    ^(?:FROM|RUN|COPY|ADD|ENV|CMD|ENTRYPOINT|WORKDIR|EXPOSE|ARG|USER|VOLUME|LABEL) \S
    3    ^(?:resource|variable|output|provider|module|data|locals|terraform) (?:"" )*\{$
    2    ^[\w.%/-]+ ?: ?[\w./% -]*$|^\.PHONY|\$\(\w|^[A-Z_]+ [:?+]?= [^{(]*$  UNLESS  default:$

    # Languages that terminate statements, and the C family.
    1.5  ;\s*$
    3    ^\s*\#\s*(?:include|define|ifn?def|endif|pragma|undef)\b|^\#!|^<\?
    1    ^\#
    2    \w->\w|\w::\w|\bstd::|\bNULL\b|\bnullptr\b|\bchar \*|^using |^namespace |\btemplate ?<
    2    ^\s*(?:(?:static|const|unsigned|extern) )*(?:void|int|char|double|float|long) \*?\w
    2    ^\s*(?:public|private|protected|internal|abstract|final|static|override|async) [A-Za-z@]
    2    \b(?:extends|implements|instanceof|throws|undefined)\b
    2    \bnew [A-Z]\w*[(<\[]|\bthrow new\b
    2    ^\s*@\w+|\bnull\b
    1    \bthis\.|\bself\.|\bself\b[,)]
    1    ^\s*(?:for|while|if|\} ?else if|switch|catch) ?\(.*\) ?\{?$|^\s*(?:try|do) ?\{

    # JavaScript, TypeScript, Kotlin, Swift, Rust, Scala.
    2    =>|===|!==|\?\.|\?\?|!!|\|>|%>%|\.\.=
    2    ^\s*(?:export|let|async|await|val|lateinit|guard|extension|trait|impl|pub|mod) [A-Za-z{_*]
    2    \b(?:function|fun|fn|defp?|sub|proc) \w+ ?[(<]  UNLESS  \w func\(
    2    \bconsole\.|\brequire\('|\bfunction ?\(|\blambda \w*:
    3    ^\s*func\b.*(?:->|\w: ?[\[A-Z(]|_ \w+:)|\)\s*(?:async |throws |rethrows )*-> ?\w
    2    ^\s*case \.\w|\bdefer \{|\bsuper\b
    2    ^\s*(?:const|let|var) \{|^\s*(?:let|var|val|const) \w+ ?: ?\w|\blet \w
    2    \(\w+\??: ?[\[A-Za-z]|\): ?[A-Za-z]\w*.*\{$
    2    \w!\(|&mut\b|\bmut \w|&'|\bmatch \w.*\{$|\#\[|(?:^|[^\w.])(?:Some|Ok|Err)\((?:[^)]|$)
    2    ^\s*(?:enum|class|object|data class|sealed|interface|struct|record|message) [\w<>]+.*\{$
    1    '[^'\n]{2,}'

    # Python, Ruby, Lua, shell, Elixir, PHP, Pascal.
    3    ^\s*(?:async )?(?:def|class) \w.*:$|^from [\w.]+ import |^\s*(?:import|use|open) [\w.]+$
    2    ^\s*(?:if|elif|else|for|while|try|except|finally|with|match)\b.*:$
    2    __\w+__|\b(?:None|True|False)\b
    1.5  ^\s*print\(|\bnot in\b|\bis None\b|^\s*pass$|^\s*(?:raise|yield|assert|del) \w
    2    ^\s*(?:end|fi|done|esac|then|begin)[;,)]?$|\b(?:then|do)$
    2    ^\s*(?:local|elsif|elif|unless|puts) .
    2    \$\w|\$\{|\$\(|^\s*echo\b
    2    ^\s*(?:sudo|cd|export|curl|git|docker|kubectl|apt|npm|pip) \S
    2    ^(?:defmodule|require|include|module|extend|attr_\w+|gem|source) .|\bdo \|

    # SQL.
    2    ^\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|FROM|WHERE|VALUES|SET)\b
    2    ^\s*(?:(?:LEFT |INNER )?JOIN|GROUP BY|ORDER BY|WITH|LIMIT|AND|ON|UNION)\b
    2    \b(?:VARCHAR|PRIMARY KEY|NOT NULL|REFERENCES|BIGINT|TIMESTAMP)\b

    # Rego, Haskell, R.
    2    ^default \w+ :?= |^import (?:data|input|rego|future)\b|\binput\.\w|\bsome \w+ in\b
    2    ^\w+ :: |^\s*where$|^import qualified |^library\(
    """
)
