using System.Text.Json;
using System.Text.Json.Serialization;
using OmniAudit.Modules.GitHub.Credentials;

namespace OmniAudit.Modules.GitHub;

/// <summary>An error's body. Everything may be missing, and <c>errors</c> holds objects or plain texts.</summary>
internal sealed record GitHubError(string? Message = null, JsonElement? Errors = null);

/// <summary>Times that cannot be read count as not given: commits carry what their authors' programs wrote.</summary>
internal sealed class LenientTime : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time)) return time;
        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } time) writer.WriteStringValue(time);
        else writer.WriteNullValue();
    }
}

/// <summary>GitHub's snake_case. What GitHub's schema calls required is missing in its own examples, so only what nothing works without is required here.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, Converters = [typeof(LenientTime)])]
[JsonSerializable(typeof(GitHubError))]
[JsonSerializable(typeof(InstallationToken))]
[JsonSerializable(typeof(GitHubRepository))]
[JsonSerializable(typeof(GitHubMilestone))]
[JsonSerializable(typeof(GitHubIssue))]
[JsonSerializable(typeof(GitHubIssue[]))]
[JsonSerializable(typeof(GitHubIssueSearch))]
[JsonSerializable(typeof(GitHubLabel[]))]
[JsonSerializable(typeof(GitHubComment))]
[JsonSerializable(typeof(GitHubComment[]))]
[JsonSerializable(typeof(NewIssue))]
[JsonSerializable(typeof(NewComment))]
[JsonSerializable(typeof(GitHubRun))]
[JsonSerializable(typeof(GitHubRunPage))]
[JsonSerializable(typeof(GitHubJob))]
[JsonSerializable(typeof(GitHubJobPage))]
[JsonSerializable(typeof(GitHubArtifact))]
[JsonSerializable(typeof(GitHubArtifactPage))]
[JsonSerializable(typeof(GitHubAnnotation[]))]
[JsonSerializable(typeof(GitHubPull))]
[JsonSerializable(typeof(GitHubPull[]))]
[JsonSerializable(typeof(GitHubChangedFile[]))]
[JsonSerializable(typeof(GitHubCommit))]
[JsonSerializable(typeof(GitHubCommit[]))]
[JsonSerializable(typeof(GitHubComparisonPage))]
[JsonSerializable(typeof(GitHubTag[]))]
[JsonSerializable(typeof(GitHubRef))]
[JsonSerializable(typeof(GitHubContent))]
[JsonSerializable(typeof(GitHubContent[]))]
[JsonSerializable(typeof(GitHubRelease))]
[JsonSerializable(typeof(GitHubRelease[]))]
[JsonSerializable(typeof(GitHubAsset))]
[JsonSerializable(typeof(GitHubAsset[]))]
[JsonSerializable(typeof(NewRelease))]
[JsonSerializable(typeof(ReleaseChange))]
internal sealed partial class GitHubJson : JsonSerializerContext;
