using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>
/// Tokens for what names somebody or something, for one request: <c>USER_1</c> is the same person wherever it stands. What is in fields of its own becomes a token
/// whatever it says; other text is searched for all that is known, and for what looks like an address or id. Not thread safe.
/// </summary>
internal sealed partial class Pseudonyms
{
    /// <summary>Shorter ones are tokens in their own fields, and are not searched for in others: "a" is in every word.</summary>
    public const int Shortest = 3;

    private readonly bool _enabled;
    private readonly List<Entity> _entities = [];
    private readonly Dictionary<string, Entity> _byAlias = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Entity?> _byWord = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Entity> _byToken = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private ILookup<char, string>? _search;

    /// <param name="enabled">False: nothing is replaced.</param>
    /// <param name="events">All that will be told of; their names are known from the beginning.</param>
    /// <param name="actors">Further actors, by <see cref="EventActor.Key"/>.</param>
    /// <param name="said">Names as a question says them: maybe part of one that is known.</param>
    public Pseudonyms(bool enabled, IEnumerable<AuditEvent> events, IEnumerable<string> actors, IEnumerable<string> said)
    {
        _enabled = enabled;
        if (!enabled) return;
        foreach (var e in events) Learn(e);
        foreach (var actor in actors) Person("USER", actor, null, actor.Contains('@', StringComparison.Ordinal) ? actor : null, actor);
        foreach (var name in said)
        {
            var owners = Words().Matches(name).Select(w => _byWord.GetValueOrDefault(w.Value)).Distinct().ToList();
            if (owners is [{ } owner]) Alias(name, owner);
            else Known("NAME", name, [name]);
        }
    }

    /// <summary>Somebody or something with a token.</summary>
    private sealed class Entity(string kind, string shown)
    {
        public string Kind { get; } = kind;
        public string Shown { get; } = shown;
        /// <summary>Given when it is first used, when all names are known: a token must not be somebody's name.</summary>
        public string? Token { get; set; }
    }

    public string Actor(EventActor actor) => !_enabled ? actor.Name : Names(actor) is { } names ? Token(names) : "";

    public string Target(EventTarget target) => !_enabled || PlainWords.IsRole(target.Name) ? target.Name : Names(target) is { } names ? Token(names) : "";

    public string Ip(string? ip) => Own("IP", ip);

    public string Place(string? place) => Own("PLACE", place);

    /// <summary>An act that several records belong to.</summary>
    public string Act(string? correlationId) => Own("ACT", correlationId);

    /// <summary>Whoever a count is of: <see cref="EventActor.Key"/>.</summary>
    public string ActorKey(string key) => Own("USER", key);

    /// <summary>A program, a value of a property: as it stands when it is of the closed list, else a token.</summary>
    public string Value(string? value)
    {
        if (!_enabled || string.IsNullOrWhiteSpace(value)) return value ?? "";
        var bare = value.Trim().Trim('[', ']', '"', ' ');
        return PlainWords.IsValue(bare) ? Mask(bare) : Own("VALUE", bare);
    }

    /// <summary>A name of a schema, as it stands when it looks like one (and no name of somebody is in it), else a token.</summary>
    public string Word(string? word) => !_enabled || string.IsNullOrWhiteSpace(word) ? word ?? "" : PlainWords.IsIdentifier(word.Trim()) ? Mask(word.Trim()) : Own("VALUE", word);

    /// <summary>The name of an operation with tokens for the names in it; one that is a sentence becomes a token.</summary>
    public string Operation(string operation) => !_enabled || operation.Length == 0 ? operation : PlainWords.IsOperation(operation) ? Mask(operation) : Own("VALUE", operation);

    /// <summary>A code of a result; a reason in words, which may name somebody, becomes a token.</summary>
    public string Code(string? code) => !_enabled || string.IsNullOrWhiteSpace(code) ? code ?? "" : PlainWords.IsCode(code.Trim()) ? Mask(code.Trim()) : Own("VALUE", code);

    /// <summary>Text with tokens for all that is known and for what looks like an address, a host or an id.</summary>
    public string Mask(string text)
    {
        if (!_enabled) return text;
        var masked = new StringBuilder();
        foreach (var (piece, entity) in KnownIn(text))
        {
            if (entity is not null) AppendToken(masked, Token(entity));
            else MaskPatterns(masked, piece);
        }
        return masked.ToString();
    }

    /// <summary>The same for what a person wrote, in which part of a name stands for the whole, and a word with a capital that is no word of ours is a name.</summary>
    /// <param name="isOurs">Words that may stand.</param>
    public string MaskQuestion(string text, Func<string, bool> isOurs)
    {
        if (!_enabled) return text;
        var first = true;
        var masked = Words().Replace(Mask(text), match =>
        {
            var begins = first;
            first = false;
            if (_byToken.ContainsKey(match.Value) || TokenForm().IsMatch(match.Value)) return match.Value;
            if (_byWord.TryGetValue(match.Value, out var owner)) return Token(owner ?? Known("NAME", match.Value, [match.Value]));
            return !begins && char.IsUpper(match.Value[0]) && !isOurs(match.Value) ? Own("NAME", match.Value) : match.Value;
        });
        return masked;
    }

    /// <summary>True for a token that was given; false for one that the model made up.</summary>
    public bool Knows(string token) => _byToken.ContainsKey(token);

    /// <summary>Every token in a text.</summary>
    public static IEnumerable<string> TokensIn(string text) => TokenForm().Matches(text).Select(m => m.Value);

    /// <summary>Puts the names back.</summary>
    /// <param name="write">How a name, which may say anything, is written there.</param>
    public string Restore(string text, Func<string, string> write) => !_enabled ? text : TokenForm().Replace(text, m => _byToken.TryGetValue(m.Value, out var entity) ? write(entity.Shown) : m.Value);

    private void Learn(AuditEvent e)
    {
        Names(e.Actor);
        foreach (var target in e.Targets) Names(target);
        Known("IP", e.Actor.Ip, [e.Actor.Ip]);
        Known("PLACE", e.Geo, [e.Geo]);
        Known("TENANT", e.Tenant, [e.Tenant]);
        Known("ACT", e.CorrelationId, [e.CorrelationId]);
        Known("ID", e.SourceId, [e.SourceId]);
        Known("VALUE", e.Actor.UserAgent, [e.Actor.UserAgent]);
        foreach (var change in e.Changes)
        {
            foreach (var value in new[] { change.Old, change.New })
                if (value?.Trim().Trim('[', ']', '"', ' ') is { } bare && !PlainWords.IsValue(bare)) Known("VALUE", bare, [bare]);
        }
        if (e.ClientApp is { } client && !PlainWords.IsValue(client.Trim())) Known("APP", client.Trim(), [client.Trim()]);
    }

    private Entity? Names(EventActor actor) => Person(actor.Kind == ActorKinds.User ? "USER" : "APP", actor.Name, actor.Id, actor.Upn, actor.Display);

    private Entity? Names(EventTarget target)
    {
        if (PlainWords.IsRole(target.Name))
        {
            Known("ID", target.Id, [target.Id]);
            return null;
        }
        var type = target.Type ?? "";
        return Person(Is("user") ? "USER" : Is("group") ? "GROUP" : Is("role") ? "ROLE" : Is("device") ? "DEVICE" : Is("app") || Is("principal") ? "APP" : target.Upn is null ? "OBJECT" : "USER", target.Name, target.Id, target.Upn, target.Display);

        bool Is(string kind) => type.Contains(kind, StringComparison.OrdinalIgnoreCase);
    }

    private Entity? Person(string kind, string shown, string? id, string? upn, string? display)
    {
        // Two people may have one display name; only who has nothing else goes by it.
        var sure = new[] { id, upn }.Where(a => !string.IsNullOrWhiteSpace(a)).ToList();
        var entity = Known(kind, shown, sure.Count > 0 ? sure : [display]);
        if (entity is null) return null;
        if (!string.IsNullOrWhiteSpace(display)) Alias(display, entity);
        foreach (var name in new[] { id, upn, display })
        {
            if (name?.Trim() is not { Length: > 0 } text) continue;
            var at = text.IndexOf('@', StringComparison.Ordinal);
            if (at > 0)
            {
                Alias(text[..at], entity);
                if (at + 1 < text.Length && Known("DOMAIN", text[(at + 1)..], [text[(at + 1)..]]) is { } domain && text[(at + 1)..].Split('.')[0] is { Length: >= Shortest } label) Owned(label, domain);
            }
            foreach (var part in (at > 0 ? text[..at] : text).Split([' ', '.', ',', '@', '_', '-', '\'', '’', '#'], StringSplitOptions.RemoveEmptyEntries).Where(p => p.Length >= Shortest)) Owned(part, entity);
        }
        return entity;
    }

    /// <summary>A word that is part of somebody's name; of nobody's in particular when it is part of several.</summary>
    private void Owned(string word, Entity entity) => _byWord[word] = _byWord.TryGetValue(word, out var other) && other != entity ? null : entity;

    /// <summary>Who goes by one of these names, newly known or known already; null when there is no name.</summary>
    private Entity? Known(string kind, string? shown, IReadOnlyList<string?> names)
    {
        var given = names.Where(n => !string.IsNullOrWhiteSpace(n)).Select(n => n!.Trim()).ToList();
        if (given.Count == 0) return null;
        var entity = given.Select(n => _byAlias.GetValueOrDefault(n)).FirstOrDefault(e => e is not null);
        if (entity is null) _entities.Add(entity = new Entity(kind, string.IsNullOrWhiteSpace(shown) ? given[0] : shown.Trim()));
        foreach (var name in given) Alias(name, entity);
        return entity;
    }

    private void Alias(string name, Entity entity)
    {
        if (_byAlias.TryAdd(name.Trim(), entity)) _search = null;
    }

    private string Own(string kind, string? text) => !_enabled || string.IsNullOrWhiteSpace(text) ? text ?? "" : Token(Known(kind, text, [text])!);

    private string Token(Entity? entity)
    {
        if (entity is null) return "";
        if (entity.Token is { } given) return given;
        string token;
        do
        {
            var number = _numbers[entity.Kind] = _numbers.GetValueOrDefault(entity.Kind) + 1;
            token = string.Create(CultureInfo.InvariantCulture, $"{entity.Kind}_{number}");
        }
        while (_byAlias.Keys.Any(a => a.Contains(token, StringComparison.OrdinalIgnoreCase)));
        _byToken[token] = entity;
        return entity.Token = token;
    }

    /// <summary>The text in pieces: those that are somebody's name, the longest that begins at a place, and those between.</summary>
    private IEnumerable<(string Piece, Entity? Entity)> KnownIn(string text)
    {
        var search = _search ??= _byAlias.Keys.Where(a => a.Length >= Shortest).OrderByDescending(a => a.Length).ToLookup(a => char.ToUpperInvariant(a[0]));
        var from = 0;
        for (var i = 0; i < text.Length;)
        {
            var name = search[char.ToUpperInvariant(text[i])].FirstOrDefault(a => string.Compare(text, i, a, 0, a.Length, StringComparison.OrdinalIgnoreCase) == 0);
            if (name is null)
            {
                i++;
                continue;
            }
            if (i > from) yield return (text[from..i], null);
            yield return (name, _byAlias[name]);
            from = i += name.Length;
        }
        if (from < text.Length) yield return (text[from..], null);
    }

    private void MaskPatterns(StringBuilder masked, string text)
    {
        var from = 0;
        foreach (Match match in Patterns().Matches(text))
        {
            Append(masked, text[from..match.Index]);
            AppendToken(masked, Own("VALUE", match.Value));
            from = match.Index + match.Length;
        }
        Append(masked, text[from..]);
    }

    private static void Append(StringBuilder masked, string text)
    {
        // A digit after a token would be part of it.
        if (text.Length > 0 && char.IsLetterOrDigit(text[0]) && masked.Length > 0 && char.IsLetterOrDigit(masked[^1])) masked.Append(' ');
        masked.Append(text);
    }

    private static void AppendToken(StringBuilder masked, string token) => Append(masked, token);

    /// <summary>E-mail address, GUID, address of the web, IPv4, IPv6, security identifier, host with two dots, path, a run of seven digits.</summary>
    [GeneratedRegex("""[\w.+'#-]+@[\w.-]+|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[A-Za-z][A-Za-z0-9+.-]*://\S+|\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){3,7}|S-1-\d+(?:-\d+)+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){2,}|[A-Za-z0-9-]+\.(?:com|net|org|io|de|uk|local|lan|internal|onmicrosoft)\b|\\\\\S+|[A-Za-z]:\\\S+|\d{7,}""", RegexOptions.NonBacktracking)]
    private static partial Regex Patterns();

    [GeneratedRegex(@"(?:USER|APP|GROUP|ROLE|DEVICE|OBJECT|IP|PLACE|TENANT|DOMAIN|ACT|ID|VALUE|NAME)_[0-9]+", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex TokenForm();

    [GeneratedRegex(@"\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Words();
}
