namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Primary language subtags of the IANA registry: the two-letter ones by name; those of three letters, eight thousand, by their form.</summary>
internal static class LanguageCodes
{
    private static readonly HashSet<string> TwoLetters = new((
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv " +
        "ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my " +
        "na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty " +
        "ug uk ur uz ve vi vo wa wo xh yi yo za zh zu").Split(' '), StringComparer.Ordinal);

    /// <param name="tag">As in hreflang, such as <c>en-GB</c> or <c>x-default</c>.</param>
    public static bool IsKnown(string tag)
    {
        if (tag.Equals("x-default", StringComparison.OrdinalIgnoreCase)) return true;
        var language = tag.Split('-')[0].ToLowerInvariant();
        return TwoLetters.Contains(language) || (language.Length == 3 && language.All(char.IsAsciiLetterLower));
    }
}
