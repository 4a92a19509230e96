using OmniAudit.Web.Observability;
using OmniAudit.Web.Verbs;

ConsoleWriters.Own();
return await CommandLine.RunAsync(args);
