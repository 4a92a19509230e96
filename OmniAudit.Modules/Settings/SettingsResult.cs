namespace OmniAudit.Modules.Settings;

/// <summary>What loading gave: options that may be used, or every error at once.</summary>
/// <param name="Errors">One line each, naming the key as it was written, the value (never a secret's) and what is allowed; empty when all is well.</param>
public sealed record SettingsResult(IReadOnlyList<string> Errors)
{
    private readonly OmniAuditOptions? _options;
    private readonly IReadOnlyList<SettingValue> _values = [];

    internal SettingsResult(OmniAuditOptions options, IReadOnlyList<SettingValue> values)
        : this([])
    {
        _options = options;
        _values = values;
    }

    /// <summary>The checked settings, paths absolute.</summary>
    /// <exception cref="InvalidOperationException">There are <see cref="Errors"/>.</exception>
    public OmniAuditOptions Options => _options ?? throw new InvalidOperationException($"The settings are wrong:\n{string.Join('\n', Errors)}");

    /// <summary>Every setting as it is in force, for the health page. Secrets are masked. Empty when there are <see cref="Errors"/>.</summary>
    public IReadOnlyList<SettingValue> Describe() => _values;
}

/// <summary>One setting as it is in force.</summary>
/// <param name="Key">The environment name, for example <c>APP_PORT</c>.</param>
/// <param name="Path">The name in appsettings.json, for example <c>App:Port</c>.</param>
/// <param name="Value">The effective value; a secret reads <c>(set)</c> or is empty.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Description">What it does.</param>
public sealed record SettingValue(string Key, string Path, string Value, SettingSource Source, string Description);

/// <summary>Where a setting comes from; the higher wins.</summary>
public enum SettingSource
{
    /// <summary>Not set anywhere.</summary>
    Default = 0,
    /// <summary>appsettings.json.</summary>
    Appsettings = 1,
    /// <summary>A .env file.</summary>
    DotEnv = 2,
    /// <summary>The process's environment.</summary>
    Environment = 3,
}
