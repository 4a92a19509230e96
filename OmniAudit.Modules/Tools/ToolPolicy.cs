using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OmniAudit.Modules.Tools;

/// <summary>What a policy judges.</summary>
internal enum PolicySubject
{
    /// <summary>A repository that would be written to.</summary>
    Repository = 1,
    Url = 2,
    ExportPath = 3,
    /// <summary>A repository that is only read: no list of the server's names it, bounds of agents do.</summary>
    ReadRepository = 4,
}

/// <summary>One thing a call wants to touch.</summary>
/// <param name="Field">The argument's wire name, for the error text.</param>
internal sealed record PolicyTarget(PolicySubject Subject, string Field, string Value);

/// <summary>Says which arguments name something that a policy must allow. The judging is done by the gate, never by the tool.</summary>
internal sealed record ToolPolicy<TInput>(Func<TInput, IEnumerable<PolicyTarget>> Targets)
{
    public ToolPolicy<TInput> And(ToolPolicy<TInput> other) => new(input => Targets(input).Concat(other.Targets(input)));
}

internal static class ToolPolicy
{
    public static ToolPolicy<TInput> None<TInput>() => new(_ => []);

    /// <summary>The repository must be on REPO_WRITE_ALLOWLIST.</summary>
    public static ToolPolicy<TInput> WritableRepository<TInput>(Func<TInput, string> value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Of(PolicySubject.Repository, value, name);

    /// <summary>The repository may be read by everyone but agents whose bounds name others.</summary>
    public static ToolPolicy<TInput> ReadableRepository<TInput>(Func<TInput, string> value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Of(PolicySubject.ReadRepository, value, name);

    /// <summary>The URL's whole host and every address it resolves to must be allowed (URL_ALLOWLIST, URL_DENYLIST).</summary>
    public static ToolPolicy<TInput> AllowedUrl<TInput>(Func<TInput, string> value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Of(PolicySubject.Url, value, name);

    /// <summary>The relative path must stay below the exports directory, links included.</summary>
    public static ToolPolicy<TInput> ExportPath<TInput>(Func<TInput, string> value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Of(PolicySubject.ExportPath, value, name);

    private static ToolPolicy<TInput> Of<TInput>(PolicySubject subject, Func<TInput, string> value, string expression)
    {
        var field = JsonNamingPolicy.SnakeCaseLower.ConvertName(expression[(expression.LastIndexOf('.') + 1)..].Trim());
        return new(input => [new PolicyTarget(subject, field, value(input))]);
    }
}
