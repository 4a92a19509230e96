using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Identities;

/// <summary>Agents, operators and their ways in.</summary>
internal static class IdentitiesSetup
{
    /// <summary>Registers <see cref="AgentDirectory"/>, <see cref="OperatorDirectory"/>, <see cref="PasskeyDirectory"/> and <see cref="SignInLinks"/>. Wants <see cref="StorageSetup.AddStorage"/>.</summary>
    public static IServiceCollection AddIdentities(this IServiceCollection services)
    {
        // PBKDF2-HMAC-SHA512 at the count of OWASP's Password Storage Cheat Sheet; older hashes are renewed at sign-in.
        services.TryAddSingleton<IPasswordHasher<OperatorRow>>(_ => new PasswordHasher<OperatorRow>(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 })));
        services.AddSingleton(p => new AgentDirectory(p.GetRequiredService<Database>(), p.GetRequiredService<OmniAuditOptions>(), p.GetRequiredService<ChangeFeed>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<AgentDirectory>>()));
        services.AddSingleton(p => new OperatorDirectory(p.GetRequiredService<Database>(), p.GetRequiredService<ChangeFeed>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<IPasswordHasher<OperatorRow>>()));
        services.AddSingleton(p => new FederatedOperators(p.GetRequiredService<Database>(), p.GetRequiredService<ChangeFeed>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new PasskeyDirectory(
            p.GetRequiredService<Database>(), p.GetRequiredService<OmniAuditOptions>(), p.GetRequiredService<ChangeFeed>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<IPasswordHasher<OperatorRow>>(), p, p.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(p => new SignInLinks(p.GetRequiredService<Database>(), p.GetRequiredService<TimeProvider>()));
        return services;
    }
}
