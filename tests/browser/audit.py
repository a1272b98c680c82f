"""What is wrong with what the page shows for whoever cannot see it well: by axe, and by measure."""

from importlib import resources

from playwright.sync_api import Page

AXE = resources.files("axe_playwright_python") / "axe.min.js"
CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "switch", "spinbutton", "option"}
CONTROLS |= {"menuitem", "menuitemradio", "dialog", "image", "list", "listbox", "menu", "group"}

#: Text too faint against what is behind it: [text, ratio] by WCAG's formula.
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
    const behind = (node) => {
        if (!node) return [1, 1, 1];
        const own = channels(getComputedStyle(node).backgroundColor);
        return own.alpha === 1 ? own.rgb : over(own, behind(node.parentElement));
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        const style = getComputedStyle(node);
        const shown = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (!text || !shown || node.closest('.spoken, :disabled, noscript')) continue;
        const back = behind(node);
        const [a, b] = [over(channels(style.color), back), back].map(luminance);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) faint.push([text.slice(0, 40), node.className, ratio]);
    }
    return faint;
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

SKIPPED = """() => {
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')]
        .filter((node) => node.checkVisibility())
        .map((node) => Number(node.tagName[1]));
    return [levels.filter((level) => level === 1).length, Math.max(...levels)];
}"""


def nameless(page: Page) -> list[str]:
    """The controls and pictures that Chromium's accessibility tree has no name for."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
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


def violations(page: Page) -> list[str]:
    """Everything that axe has against what is shown."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
