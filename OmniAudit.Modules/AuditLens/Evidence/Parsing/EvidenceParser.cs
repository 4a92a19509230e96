namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Reads one format.</summary>
internal abstract class EvidenceParser
{
    /// <summary>The name callers ask for it by, in snake case.</summary>
    public abstract string Profile { get; }

    /// <summary>Other names it goes by.</summary>
    public virtual IReadOnlyList<string> Aliases => [];

    /// <summary>How sure it is that this is its format, 0 (no) to 100; it must not throw whatever the bytes.</summary>
    public abstract int Recognises(EvidenceHead head);

    /// <summary>
    /// Gives <paramref name="sink"/> what it reads, as it reads it. May throw what <see cref="EvidenceReader"/> makes a problem of; I/O faults of the stream go through.
    /// </summary>
    public abstract void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken);
}

/// <summary>The start of a piece of evidence and its name, for telling the format.</summary>
/// <param name="Name">The file's name without folders, in lower case.</param>
/// <param name="Text">Its first characters.</param>
/// <param name="Root">The local name of the first XML element; null when it is no XML.</param>
/// <param name="Json"><c>{</c> or <c>[</c> when that is its first character that counts; null otherwise.</param>
internal sealed record EvidenceHead(string Name, string Text, string? Root, char? Json)
{
    public bool Has(string part) => Text.Contains(part, StringComparison.Ordinal);

    /// <summary>Has the JSON property; that it is a property and not a value is likely, not sure.</summary>
    public bool HasKey(string name) => Json is not null && Text.Contains($"\"{name}\"", StringComparison.Ordinal);

    public bool HasKeys(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (!HasKey(name)) return false;
        return true;
    }
}
