namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>What a condition says of the selections.</summary>
internal abstract record SigmaCondition
{
    internal sealed record And(IReadOnlyList<SigmaCondition> Parts) : SigmaCondition;

    internal sealed record Or(IReadOnlyList<SigmaCondition> Parts) : SigmaCondition;

    internal sealed record Not(SigmaCondition Part) : SigmaCondition;

    internal sealed record Named(string Selection) : SigmaCondition;

    /// <param name="All">All of them, else one of them.</param>
    /// <param name="Pattern">A name with <c>*</c>; null for <c>them</c>.</param>
    internal sealed record Of(bool All, string? Pattern) : SigmaCondition;

    private const int MostTokens = 500;
    private const int MostDepth = 50;

    /// <summary>Precedence, loosest first: or, and, not, x of, parentheses. Key words in any case.</summary>
    /// <exception cref="SigmaRefusedException"/>
    public static SigmaCondition Parse(string text, string at = "detection.condition")
    {
        var tokens = Tokens(text, at);
        var (position, depth) = (0, 0);
        var whole = Either();
        return position == tokens.Count ? whole : throw Refused($"'{tokens[position]}' was not expected.");

        SigmaRefusedException Refused(string why) => new(at, $"{why} In: {SigmaReader.Cut(text, 200)}");
        string? Peek() => position < tokens.Count ? tokens[position] : null;
        bool Take(string word)
        {
            if (!word.Equals(Peek(), StringComparison.OrdinalIgnoreCase)) return false;
            position++;
            return true;
        }

        SigmaCondition Either()
        {
            if (++depth > MostDepth) throw Refused($"nested more than {MostDepth} deep.");
            var parts = new List<SigmaCondition> { Both() };
            while (Take("or")) parts.Add(Both());
            depth--;
            return parts.Count == 1 ? parts[0] : new Or(parts);
        }

        SigmaCondition Both()
        {
            var parts = new List<SigmaCondition> { Negated() };
            while (Take("and")) parts.Add(Negated());
            return parts.Count == 1 ? parts[0] : new And(parts);
        }

        SigmaCondition Negated()
        {
            var negated = false;
            while (Take("not")) negated = !negated;
            var part = Primary();
            return negated ? new Not(part) : part;
        }

        SigmaCondition Primary()
        {
            if (Take("("))
            {
                var inner = Either();
                return Take(")") ? inner : throw Refused("a ')' is missing.");
            }
            var word = Peek() ?? throw Refused("it ends too early.");
            position++;
            if (word is ")" || word.ToLowerInvariant() is "and" or "or" or "of") throw Refused($"a selection's name was expected where '{word}' stands.");
            if (word.Contains('|', StringComparison.Ordinal)) throw Refused("aggregation after '|' is of Sigma 1; write a correlation document.");
            if (!Take("of")) return new Named(word);
            var all = word.ToLowerInvariant() switch
            {
                "all" => true,
                "1" or "any" => false,
                _ => throw Refused($"'{word} of' is not known; use '1 of' or 'all of'."),
            };
            var what = Peek() ?? throw Refused("it ends after 'of'.");
            position++;
            return new Of(all, what.Equals("them", StringComparison.OrdinalIgnoreCase) ? null : what is "(" or ")" ? throw Refused("a name or 'them' was expected after 'of'.") : what);
        }
    }

    private static List<string> Tokens(string text, string at)
    {
        var tokens = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            if (text[i] is '(' or ')') i++;
            else while (i < text.Length && !char.IsWhiteSpace(text[i]) && text[i] is not ('(' or ')')) i++;
            tokens.Add(text[start..i]);
            if (tokens.Count > MostTokens) throw new SigmaRefusedException(at, $"more than {MostTokens} words.");
        }
        return tokens.Count > 0 ? tokens : throw new SigmaRefusedException(at, "it is empty.");
    }
}
