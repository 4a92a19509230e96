using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OmniAudit.Modules.Identities;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Support;

/// <summary>A signed-in person without a browser.</summary>
internal static class ConsoleCookie
{
    /// <summary>The value of a Cookie header for the operator, who is added if there is none by that name.</summary>
    public static async Task<string> ForAsync(IServiceProvider services, string userName = "operator", Role role = Role.Admin)
    {
        var operators = services.GetRequiredService<OperatorDirectory>();
        var person = await operators.FindAsync(userName, CancellationToken.None) ?? await operators.AddAsync(userName, null, role, OperatorDirectory.CommandLine, CancellationToken.None);
        var options = services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(ConsoleSession.Scheme);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var ticket = new AuthenticationTicket(
            ConsoleSession.Create(person.OperatorId, person.DisplayName, person.SecurityStamp, needsPassword: false),
            new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now.AddHours(1) },
            ConsoleSession.Scheme);
        return string.Create(CultureInfo.InvariantCulture, $"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}");
    }
}
