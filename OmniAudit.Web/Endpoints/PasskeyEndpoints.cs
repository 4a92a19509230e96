using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using OmniAudit.Modules.Identities;
using OmniAudit.Web.Components.Layout;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Endpoints;

/// <summary>What wwwroot/js/passkeys.js calls: a challenge, and its answer, to register a passkey or to sign in by one. JSON only, from this server's own pages only.</summary>
internal static class PasskeyEndpoints
{
    private const int LargestCredential = 64 * 1024;

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/account/passkeys/options", (HttpContext context, PasskeyDirectory passkeys, PasskeyChallenges challenges) => AnswerAsync(async () =>
        {
            var made = await passkeys.BeginRegistrationAsync(ConsoleSession.OperatorIdOf(context.User)!, context);
            challenges.Keep(context, ConsoleSession.StampOf(context.User), made.State);
            return Results.Content(made.OptionsJson, "application/json");
        })).RequireAuthorization(ConsoleSetup.Policy);

        routes.MapPost("/account/passkeys", (Registration body, HttpContext context, PasskeyDirectory passkeys, PasskeyChallenges challenges, ConsoleSignIn signIn) => AnswerAsync(async () =>
        {
            var state = await challenges.TakeAsync(context, ConsoleSession.StampOf(context.User));
            var person = await passkeys.RegisterAsync(ConsoleSession.OperatorIdOf(context.User)!, body.Name ?? "", TextOf(body.Credential), state, context);
            // A session that had to choose a password first has its way back in now.
            if (ConsoleSession.MustChoosePassword(context.User)) await context.SignInAsync(ConsoleSession.Scheme, (await signIn.EnterAsync(person, context.RequestAborted)).User!);
            return Results.Json(new { url = "/account" });
        })).RequireAuthorization(ConsoleSetup.Policy);

        routes.MapPost("/signin/passkey/options", (HttpContext context, PasskeyDirectory passkeys, PasskeyChallenges challenges) => AnswerAsync(async () =>
        {
            var made = await passkeys.BeginSignInAsync(context);
            challenges.Keep(context, "", made.State);
            return Results.Content(made.OptionsJson, "application/json");
        })).AllowAnonymous();

        routes.MapPost("/signin/passkey", (SignIn body, HttpContext context, PasskeyDirectory passkeys, PasskeyChallenges challenges, ConsoleSignIn signIn) => AnswerAsync(async () =>
        {
            var person = await passkeys.SignInAsync(TextOf(body.Credential), await challenges.TakeAsync(context, ""), context);
            await context.SignInAsync(ConsoleSession.Scheme, (await signIn.EnterAsync(person, context.RequestAborted)).User!);
            return Results.Json(new { url = PageLinks.LocalOrStart(body.ReturnUrl) });
        })).AllowAnonymous();
    }

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> act)
    {
        try
        {
            return await act();
        }
        catch (IdentityRefusedException refused)
        {
            return Results.Json(new { error = "refused", message = refused.Message }, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static string TextOf(JsonElement credential) => credential.ValueKind == JsonValueKind.Object && credential.GetRawText() is { Length: <= LargestCredential } text
        ? text
        : throw new IdentityRefusedException($"credential: must be the browser's PublicKeyCredential as a JSON object of at most {LargestCredential:N0} characters.");

    private sealed record Registration(JsonElement Credential, string? Name);

    private sealed record SignIn(JsonElement Credential, string? ReturnUrl);
}
