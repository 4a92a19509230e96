using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>
/// What an event is found by. Words are runs of letters and digits, without regard to case, of every value in the record and of what was read
/// from it. Beside them the index has marks: one word each for the service, the operation and so on, so that a filter and a word meet inside the index.
/// </summary>
internal static class EventWords
{
    /// <summary>The most different words that an event is found by; a record of a megabyte is not all indexed.</summary>
    public const int Most = 4000;

    /// <summary>Longer words are found by their beginning.</summary>
    public const int Longest = 64;

    // A private character begins a mark: nothing that a record or a query says can.
    private const char Mark = '\uE000';

    private static readonly ConcurrentDictionary<(char, string), string> Known = new();

    public static string Source(string source) => $"{Mark}o{source}";
    public static string Outcome(EventOutcome outcome) => $"{Mark}u{(int)outcome}";
    public static string Service(string service) => Hashed('s', service, common: true);
    public static string Operation(string operation) => Hashed('p', operation, common: true);
    public static string Result(string result) => Hashed('r', result, common: true);
    public static string Actor(string actor) => Hashed('a', actor);
    public static string Ip(string ip) => Hashed('i', ip);
    public static string Correlation(string id) => Hashed('c', id);
    public static string Target(string target) => Hashed('t', target);
    public static string OperationWord(string word) => $"{Mark}n{word}";
    public static string ActorWord(string word) => $"{Mark}b{word}";

    /// <summary>All that the index gets, separated by spaces.</summary>
    public static string Index(AuditEvent e, ReadOnlyMemory<byte> raw)
    {
        var words = new HashSet<string>(128, StringComparer.Ordinal)
        {
            Source(e.Source), Outcome(e.Outcome), Service(e.Service), Operation(e.OperationNorm),
        };
        if (e.ResultRaw is { Length: > 0 } result) words.Add(Result(result));
        foreach (var name in ActorNames(e.Actor))
        {
            words.Add(Actor(name));
            foreach (var word in Words(name)) words.Add(ActorWord(word));
        }
        foreach (var target in e.Targets)
        {
            foreach (var name in TargetNames(target)) words.Add(Target(name));
            if (words.Count >= Most) break;
        }
        if (e.Actor.Ip is { } ip) words.Add(Ip(ip));
        if (e.CorrelationId is { } correlation) words.Add(Correlation(correlation));
        foreach (var word in Words(e.OperationNorm)) words.Add(OperationWord(word));
        foreach (var value in Values(e, raw))
        {
            foreach (var word in Words(value)) words.Add(word);
            if (words.Count >= Most) break;
        }
        var text = new StringBuilder(words.Count * 9);
        foreach (var word in words) text.Append(word).Append(' ');
        return text.ToString();
    }

    /// <summary>Every name the actor is known by.</summary>
    public static IEnumerable<string> ActorNames(EventActor actor) => new[] { actor.Upn, actor.Id, actor.Display }.OfType<string>().Where(n => n.Length > 0);

    /// <summary>Every name a target is known by.</summary>
    public static IEnumerable<string> TargetNames(EventTarget target) => new[] { target.Upn, target.Id, target.Display }.OfType<string>().Where(n => n.Length > 0);

    /// <summary>The values' words in their order, a line for each value with a space at both ends: where words stand together.</summary>
    public static string Lines(AuditEvent e, ReadOnlyMemory<byte> raw)
    {
        var text = new StringBuilder();
        foreach (var value in Values(e, raw))
        {
            text.Append(' ');
            foreach (var word in Words(value)) text.Append(word).Append(' ');
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The values as they are but for case, a line each: where any part of them is sought.</summary>
    public static string Folded(AuditEvent e, ReadOnlyMemory<byte> raw) => Fold(string.Join('\n', Values(e, raw)));

    /// <summary>The words of a text, in order.</summary>
    public static IEnumerable<string> Words(string text)
    {
        var folded = Fold(text);
        for (var i = 0; i < folded.Length;)
        {
            if (!IsWord(folded, i, out var width)) { i += width; continue; }
            var start = i;
            while (i < folded.Length && IsWord(folded, i, out width)) i += width;
            yield return folded[start..Math.Min(i, Cut(folded, start, i))];
        }
    }

    /// <summary>Lower case. Accents stay: without ICU .NET cannot take them off, and an index must not depend on the machine.</summary>
    public static string Fold(string text) => text.ToLowerInvariant();

    private static int Cut(string text, int start, int end)
    {
        var cut = Math.Min(end, start + Longest);
        return cut < end && char.IsHighSurrogate(text[cut - 1]) ? cut - 1 : cut;
    }

    private static bool IsWord(string text, int at, out int width)
    {
        if (char.IsAscii(text[at]))
        {
            width = 1;
            return char.IsAsciiLetterOrDigit(text[at]);
        }
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out width) != OperationStatus.Done) return false;
        // A mark belongs to its letter.
        return Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
    }

    private static string Hashed(char kind, string value, bool common = false)
    {
        var folded = value.Trim().ToLowerInvariant();
        if (!common) return Make(kind, folded);
        if (Known.TryGetValue((kind, folded), out var known)) return known;
        var made = Make(kind, folded);
        // Services, operations and results are few; a source that invents them without end is not remembered.
        if (Known.Count < 10_000) Known[(kind, folded)] = made;
        return made;
    }

    private static string Make(char kind, string folded) => $"{Mark}{kind}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folded)).AsSpan(0, 8))}";

    private static IEnumerable<string> Values(AuditEvent e, ReadOnlyMemory<byte> raw)
    {
        string?[] read = [e.Service, e.Operation, e.Category, e.Summary, e.Actor.Display, e.Actor.Upn, e.Actor.Id, e.Actor.Ip, e.ResultRaw, e.ResultCode, e.CorrelationId, e.ClientApp, e.Geo];
        foreach (var value in read)
        {
            if (!string.IsNullOrEmpty(value)) yield return value;
        }
        foreach (var target in e.Targets)
        {
            foreach (var value in new[] { target.Display, target.Upn, target.Id })
            {
                if (!string.IsNullOrEmpty(value)) yield return value;
            }
        }
        foreach (var value in Leaves(raw)) yield return value;
    }

    private static List<string> Leaves(ReadOnlyMemory<byte> raw)
    {
        var values = new List<string>();
        if (raw.IsEmpty) return values;
        var reader = new Utf8JsonReader(raw.Span, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.Number) values.Add(Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan));
                else if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0) values.Add(Text(ref reader));
            }
        }
        catch (JsonException)
        {
            // A record that is no JSON to its end is found by what it says until there.
        }
        return values;
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8, or half a surrogate pair: its sound parts are words all the same.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
