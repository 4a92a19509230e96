using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Links whose words say nothing about where they lead. The words are those that Lighthouse 13.5 objects to (core/audits/seo/link-text.js).</summary>
internal static class LinkTextAudit
{
    private static readonly Question LinkText = new("link-text", FindingCategory.Seo, "Links have descriptive text", 1);

    private static readonly Dictionary<string, HashSet<string>> Words = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["en"] = "click here|click this|go|here|information|learn more|more|more info|more information|right here|read more|see more|start|this",
        ["ja"] = "ここをクリック|こちらをクリック|リンク|続きを読む|続く|全文表示",
        ["es"] = "click aquí|click aqui|clicka aquí|clicka aqui|pincha aquí|pincha aqui|aquí|aqui|más|mas|más información|más informacion|mas información|mas informacion|este|enlace|este enlace|empezar",
        ["pt"] = "clique aqui|ir|mais informação|mais informações|mais|veja mais",
        ["ko"] = "여기|여기를 클릭|클릭|링크|자세히|자세히 보기|계속|이동|전체 보기",
        ["sv"] = "här|klicka här|läs mer|mer|mer info|mer information",
        ["de"] = "klicke hier|hier klicken|hier|mehr|siehe|dies|das|weiterlesen",
        ["ta"] = "அடுத்த பக்கம்|மறுபக்கம்|முந்தைய பக்கம்|முன்பக்கம்|மேலும் அறிக|மேலும் தகவலுக்கு|மேலும் தரவுகளுக்கு|தயவுசெய்து இங்கே அழுத்தவும்|இங்கே கிளிக் செய்யவும்",
        ["fa"] = "اطلاعات بیشتر|اطلاعات|این|اینجا بزنید|اینجا کلیک کنید|اینجا|برو|بیشتر بخوانید|بیشتر بدانید|بیشتر|شروع",
    }.ToDictionary(p => p.Key, p => p.Value.Split('|').ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

    public static AuditResult Judge(PageObservation page)
    {
        if (page.Facts is null) return LinkText.Skipped();
        var empty = page.Facts.Anchors.Where(a => SaysNothing(a)).Select(a => new Sighting(
            "seo/link-text", "s4", FindingCategory.Seo, "A link's text does not say where it leads", 0.9,
            "Name the target in the link's text. https://developer.chrome.com/docs/lighthouse/seo/link-text/", a.Selector, Text.Cut($"\"{a.Text}\" {a.Href}", 300))).ToList();
        return LinkText.Of(empty, "link found", "links found");
    }

    private static bool SaysNothing(AnchorFact link)
    {
        if (link.Href.Length == 0 || link.NoFollow || link.SamePage) return false;
        if (link.Href.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) || link.Href.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)) return false;
        var text = link.Text.Trim().ToLowerInvariant();
        if (text.Length == 0) return false;
        // A text in a language without a list cannot be judged; a text in no known language is held against all of them.
        return string.IsNullOrEmpty(link.Language) ? Words.Values.Any(w => w.Contains(text)) : Words.TryGetValue(link.Language.Split('-')[0], out var words) && words.Contains(text);
    }
}
