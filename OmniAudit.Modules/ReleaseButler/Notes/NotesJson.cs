using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>What is stored of notes: what they were made of, how, and what came of it.</summary>
/// <param name="Format">1.</param>
/// <param name="Markdown">What <see cref="NotesRenderer"/> made of it then.</param>
internal sealed record StoredNotes(int Format, NotesInputs Inputs, NotesOptions Options, string Markdown)
{
    /// <summary>The same notes again from what is stored, or with other options.</summary>
    public (NotesDocument Document, string Markdown) Replay(NotesOptions? options = null)
    {
        var document = NotesEngine.Build(Inputs, options ?? Options);
        return (document, NotesRenderer.Render(document, options ?? Options));
    }
}

/// <summary>How <see cref="StoredNotes"/> are written. Unknown members are ignored when reading: later versions may add some.</summary>
internal static class NotesJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
