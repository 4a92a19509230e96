using System.Text;
using Microsoft.AspNetCore.Http;

namespace OmniAudit.Tests.GitHub;

internal sealed partial class FakeGitHub
{
    private async Task BreakAsync(HttpContext context, PostFault fault, FakeRequest request)
    {
        switch (fault.Kind)
        {
            case PostFaultKind.CommitThenDrop:
                Route(context, request);
                fault.Reach();
                context.Abort();
                return;
            case PostFaultKind.DropBeforeCommit:
                fault.Reach();
                context.Abort();
                return;
            case PostFaultKind.LateCommit:
                _ = CommitLateAsync();
                await ReplyAsync(context, Error(502, "Server Error"));
                fault.Reach();
                return;
            case PostFaultKind.ServerErrorAfterCommit:
                Route(context, request);
                await ReplyAsync(context, Error(fault.Status, "Server Error"));
                fault.Reach();
                return;
            case PostFaultKind.TooManyRequestsAfterCommit:
                Route(context, request);
                context.Response.Headers.RetryAfter = "5";
                context.Response.StatusCode = 429;
                await context.Response.WriteAsync("<html><body>Too Many Requests</body></html>");
                fault.Reach();
                return;
            case PostFaultKind.NonsenseBody:
                Route(context, request);
                context.Response.StatusCode = 201;
                await context.Response.WriteAsync("<html>Created</html>");
                fault.Reach();
                return;
            case PostFaultKind.SlowBody or PostFaultKind.CutOffBody:
                var whole = Encoding.UTF8.GetBytes(Route(context, request).Json!.ToJsonString());
                context.Response.StatusCode = 201;
                context.Response.ContentLength = whole.Length;
                await context.Response.Body.WriteAsync(whole.AsMemory(0, whole.Length / 2));
                await context.Response.Body.FlushAsync();
                fault.Reach();
                if (fault.Kind == PostFaultKind.CutOffBody) context.Abort();
                else
                {
                    await fault.Released;
                    await context.Response.Body.WriteAsync(whole.AsMemory(whole.Length / 2));
                }
                return;
            case PostFaultKind.Redirect:
                context.Response.Headers.Location = fault.Target;
                await ReplyAsync(context, Error(307, "Temporary Redirect"));
                fault.Reach();
                return;
            case PostFaultKind.Hang:
                fault.Reach();
                await fault.Released;
                await ReplyAsync(context, Route(context, request));
                return;
            case PostFaultKind.PrimaryRateLimit:
                context.Response.Headers["x-ratelimit-remaining"] = "0";
                await ReplyAsync(context, Error(403, "API rate limit exceeded for user ID 7.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"));
                fault.Reach();
                return;
            case PostFaultKind.SecondaryRateLimit:
                context.Response.Headers.RetryAfter = "60";
                await ReplyAsync(context, Error(429, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"));
                fault.Reach();
                return;
            case PostFaultKind.RequestTimeout:
                await ReplyAsync(context, Error(408, "Request Timeout"));
                fault.Reach();
                return;
            default:
                throw new InvalidOperationException($"Nobody knows the fault {fault.Kind}.");
        }

        async Task CommitLateAsync()
        {
            var authorized = Refusal(context);
            await fault.Released;
            if (authorized is null) Route(request);
        }
    }
}
