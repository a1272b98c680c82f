"""What is wrong with what the page shows for whoever cannot see it well: by axe, and by measure."""

from importlib import resources

from playwright.sync_api import Page

AXE = resources.files("axe_playwright_python") / "axe.min.js"
CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "switch", "spinbutton", "option"}
CONTROLS |= {"menuitem", "menuitemradio", "dialog", "image", "list", "listbox", "menu", "group"}

#: Controls that cannot be brought into sight as a whole, or that something else covers. All is left
#: as it was scrolled.
OUT_OF_REACH = """() => {
    const top = [...document.querySelectorAll('dialog[open], :popover-open')].at(-1);
    const within = top ?? document;
    const controls = 'a, button, input, select, textarea, summary, [role=option], [role=row]';
    const over = '.offers, .toasts, .tools, :popover-open';
    const seen = { opacityProperty: true, visibilityProperty: true };
    const scrolled = [...document.querySelectorAll('*')]
        .map((node) => [node, { left: node.scrollLeft, top: node.scrollTop }]);
    const wrong = [];
    for (const node of within.querySelectorAll(controls)) {
        if (!node.checkVisibility(seen) || node.closest('[inert], .spoken, .skip-links')) continue;
        node.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
        // A box that is ticked by its label may be small, and its label may be long.
        const shown = (node.closest('label') ?? node).getBoundingClientRect();
        const name = `${node.localName} ${node.ariaLabel ?? node.textContent.trim().slice(0, 40)}`;
        const { left, right, top: above, bottom } = shown;
        const sees = (from, to, most) => from >= -1 && to <= most + 1;
        if (!sees(left, right, innerWidth)) wrong.push(`${name}: ${left} to ${right} across`);
        if (bottom - above <= innerHeight && !sees(above, bottom, innerHeight)) {
            wrong.push(`${name}: ${above} to ${bottom} down`);
        }
        const middle = (Math.max(0, above) + Math.min(innerHeight, bottom)) / 2;
        const hit = document.elementFromPoint((left + right) / 2, middle);
        const own = hit && (node.closest('label') ?? node).contains(hit);
        if (!own && !hit?.contains(node) && !hit?.closest(over)) {
            wrong.push(`${name}: under ${hit?.outerHTML.slice(0, 80)}`);
        }
    }
    for (const [node, place] of scrolled) node.scrollTo({ ...place, behavior: 'instant' });
    return wrong;
}"""

#: Whatever scrolls sideways that is not made for it.
SIDEWAYS = """() => [...document.querySelectorAll('html, main, #messages, .pane-scroll, dialog')]
    .filter((node) => node.scrollWidth > node.clientWidth + 1)
    .map((node) => `${node.id || node.className || node.tagName} scrolls sideways`)"""

#: Banners under a notice, notices that aren't announced, names and purposes cut short, and fields
#: whose ring of focus is cut.
COVERED = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (node) => node.getBoundingClientRect();
    const banner = Math.max(0, ...all('.banner').map((node) => box(node).bottom));
    const cut = all('.timeline-title, .conversation-purpose').filter((node) =>
        node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1);
    return [
        ...all('.toast').filter((node) => box(node).top < banner || node.closest('[inert]')),
        ...cut,
        ...all('.modal-blocks .field').filter((node) =>
            box(node).left < box(node.closest('.modal-blocks')).left + 4),
    ].map((node) => `${node.className} covered or cut: ${node.textContent}`);
}"""

#: Text too faint against what is behind it, and the ratio by WCAG's formula.
FAINT = """() => {
    const channels = (color) => {
        const numbers = color.match(/[\\d.]+/g).map(Number);
        const scale = color.startsWith('color(') ? 1 : 255;
        return { rgb: numbers.slice(0, 3).map((n) => n / scale), alpha: numbers[3] ?? 1 };
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const over = ({ rgb, alpha }, under) => rgb.map((c, i) => c * alpha + under[i] * (1 - alpha));
    const known = new Map([[null, [1, 1, 1]]]);
    const behind = (node) => {
        if (!known.has(node)) {
            const own = channels(getComputedStyle(node).backgroundColor);
            known.set(node, over(own, behind(node.parentElement)));
        }
        return known.get(node);
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        const shown = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (!text || !shown || node.closest('.spoken, :disabled, noscript')) continue;
        const style = getComputedStyle(node);
        const back = behind(node);
        const [a, b] = [over(channels(style.color), back), back].map(luminance);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio >= (large ? 3 : 4.5)) continue;
        faint.push(`faint: ${text.slice(0, 40)}, ${node.className}, ${ratio}`);
    }
    return faint;
}"""

#: Elements with text whose colours axe has not looked at. Noted, since the page was loaded, is all
#: that its verdict depends on: the text's own look, and what is behind it. What is out of use axe
#: passes over, so it's left for when it is in use.
UNJUDGED = r"""() => {
    const judged = (window.judged ??= new Set());
    const modal = [...document.querySelectorAll('dialog:modal')].at(-1);
    const BEHIND = ['backgroundColor', 'backgroundImage', 'opacity', 'filter', 'color'];
    // With the colour of what is around it, this adds nothing to what is behind a text.
    const TRANSPARENT = 'rgba(0, 0, 0, 0),none,1,none';
    const OWN = ['fontSize', 'fontWeight', 'fontStyle', 'textShadow', 'textDecorationLine'];
    const look = (node, names) => {
        const style = getComputedStyle(node);
        return names.map((name) => style[name]).join();
    };
    const known = new Map();
    const behind = (node) => {
        if (!known.has(node)) {
            const parent = node.parentElement;
            const around = parent ? behind(parent) : '';
            const own = look(node, BEHIND);
            const nothing = parent && `${TRANSPARENT},${getComputedStyle(parent).color}`;
            known.set(node, own === nothing ? around : `${own} < ${around}`);
        }
        return known.get(node);
    };
    const shown = (node) => {
        const { left, top, width, height } = node.getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        return [Boolean(hit), node.contains(hit), hit?.contains(node)];
    };
    return [...document.body.querySelectorAll('*')].filter((node) => {
        const texts = [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
        const value = node.matches('input, select, textarea') ? node.value : '';
        const text = texts.map(({ data }) => data).join('').trim() || value;
        if (!text || node.closest('[inert]') || (modal && !modal.contains(node))) return false;
        if (!node.checkVisibility({ visibilityProperty: true })) return false;
        const beside = node.matches('a') && node.parentElement.textContent.trim() !== text;
        const kind = [node.localName, beside, text.length > 1, /[\p{L}\p{N}]/u.test(text)];
        const off = node.matches(':disabled, [aria-disabled=true], [aria-disabled=true] *');
        const seen = [...kind, off, shown(node), look(node, OWN), behind(node)].join();
        return !judged.has(seen) && judged.add(seen);
    });
}"""

#: Attributes that name an element which is not there, and ids that are there twice.
DANGLING = """() => {
    const wrong = [];
    for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for',
                        'aria-activedescendant']) {
        for (const node of document.querySelectorAll(`[${name}]`)) {
            for (const id of node.getAttribute(name).split(' ')) {
                if (!document.getElementById(id)) wrong.push(`${name}=${id}`);
            }
        }
    }
    const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
    return [...wrong, ...ids.filter((id, place) => ids.indexOf(id) !== place)];
}"""

#: Buttons smaller than 24 by 24, WCAG 2.2's least.
SMALL = """() => [...document.querySelectorAll('button, input, [role=option]')]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => !node.closest('.spoken'))
    .map((node) => [node.ariaLabel ?? node.textContent,
        (node.closest('label') ?? node).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 23.9 || height < 23.9)
    .map(([name, { width, height }]) => `${name} ${width} x ${height}`)"""

#: Headings that aren't one h1 and what is below it.
SKIPPED = """() => {
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')]
        .filter((node) => node.checkVisibility())
        .map((node) => Number(node.tagName[1]));
    const first = levels.filter((level) => level === 1).length;
    const deepest = Math.max(...levels);
    return first === 1 && deepest <= 3 ? [] : [`${first} h1, and h${deepest}`];
}"""

#: Ends every animation, but for what pulses while something is waited for.
SETTLE = """() => document.getAnimations()
    .filter(({ effect }) => effect.getTiming().iterations !== Infinity)
    .forEach((animation) => animation.finish())"""

#: What axe finds in a part of the page. Not all that it tells: that takes long to be sent.
BY_AXE = """async (context, options) => {
    const all = { resultTypes: ['violations'], preload: false, ...options };
    const { violations } = await axe.run(context, all);
    return violations.flatMap(({ id, nodes }) => {
        return nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`);
    });
}"""

#: What is wrong with the colours that are shown; axe looks at what it hasn't judged.
COLOURS = f"""async () => {{
    const runOnly = ['color-contrast', 'link-in-text-block'];
    const include = ({UNJUDGED})();
    const found = include.length ? await ({BY_AXE})({{ include }}, {{ runOnly }}) : [];
    return [...found, ...({FAINT})()];
}}"""

#: What is wrong with everything else.
ALL_BUT_COLOURS = f"""async () => {{
    const off = {{ enabled: false }};
    const rules = {{ 'color-contrast': off, 'link-in-text-block': off }};
    const found = await ({BY_AXE})(document, {{ rules }});
    return [...found, ...[{SKIPPED}, {DANGLING}, {SMALL}].flatMap((look) => look())];
}}"""

#: All of it, with the colours of both themes.
EVERYTHING = f"""async () => {{
    const found = [...await ({ALL_BUT_COLOURS})(), ...await ({COLOURS})()];
    const other = toggleTheme();
    ({SETTLE})();
    const inOther = await ({COLOURS})();
    return [...found, ...inOther.map((each) => `${{other}}: ${{each}}`)];
}}"""


def _nameless(page: Page) -> list[str]:
    """The controls and pictures that Chromium's accessibility tree has no name for."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        role = node.get("role", {}).get("value")
        focusable = any(
            each["name"] == "focusable" and each["value"].get("value")
            for each in node.get("properties", ())
        )
        unnamed = not (node.get("name", {}).get("value") or "").strip()
        must = role in CONTROLS - {"list", "group"} or (focusable and role != "RootWebArea")
        if not node.get("ignored") and unnamed and must:
            found.append(f"{role} {node['nodeId']}")
    return found


def problems(page: Page) -> list[str]:
    """Return all that is wrong with what is shown, in light colours and in dark ones.

    Only the colours of the other theme are looked at, since all else is the same in both. They stay
    so for what is looked at next: to change them takes as long as to look.
    """
    return [*_nameless(page), *_look(page, EVERYTHING)]


def problems_but_for_themes(page: Page) -> list[str]:
    """Return what's wrong with what's shown in this theme, with colours judged by contrast alone.

    For a state whose colours `problems` judges in another size: that takes longest.
    """
    return _look(page, f"async () => [...await ({ALL_BUT_COLOURS})(), ...({FAINT})()]")


def colours(page: Page) -> list[str]:
    """Return what is wrong with the colours that are shown."""
    return _look(page, COLOURS)


def cut_off(page: Page) -> list[str]:
    """Return what cannot be reached as a whole in a window of this size."""
    found: list[str] = page.evaluate(
        f"() => [{OUT_OF_REACH}, {SIDEWAYS}, {COVERED}].flatMap((look) => look())"
    )
    return found


def settle(page: Page) -> None:
    """Have everything drawn that is due, and end what moves."""
    page.evaluate(f"() => new Promise((drawn) => requestAnimationFrame(drawn)).then({SETTLE})")


def _look(page: Page, everything: str) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(everything)
    return found
