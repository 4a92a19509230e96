using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class GitHubModules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "evidence",
                columns: table => new
                {
                    EvidenceId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    Repo = table.Column<string>(type: "TEXT", maxLength: 201, nullable: false),
                    RunId = table.Column<long>(type: "INTEGER", nullable: false),
                    RunAttempt = table.Column<int>(type: "INTEGER", nullable: false),
                    HeadSha = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Workflow = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    ArtifactId = table.Column<long>(type: "INTEGER", nullable: false),
                    ContentSha256 = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    ManifestRef = table.Column<string>(type: "TEXT", nullable: false),
                    Files = table.Column<int>(type: "INTEGER", nullable: false),
                    Rejected = table.Column<int>(type: "INTEGER", nullable: false),
                    Bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    Redactions = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_evidence", x => x.EvidenceId);
                });

            migrationBuilder.CreateTable(
                name: "finding_labels",
                columns: table => new
                {
                    Repo = table.Column<string>(type: "TEXT", maxLength: 201, nullable: false),
                    FindingId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Profile = table.Column<string>(type: "TEXT", nullable: false),
                    Rule = table.Column<string>(type: "TEXT", nullable: false),
                    Outcome = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    BySubject = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finding_labels", x => new { x.Repo, x.FindingId });
                });

            migrationBuilder.CreateTable(
                name: "finding_sets",
                columns: table => new
                {
                    FindingsId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    EvidenceId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Repo = table.Column<string>(type: "TEXT", maxLength: 201, nullable: false),
                    RunId = table.Column<long>(type: "INTEGER", nullable: false),
                    HeadSha = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Profile = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Dedupe = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    BaseId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    Count = table.Column<int>(type: "INTEGER", nullable: false),
                    S1 = table.Column<int>(type: "INTEGER", nullable: false),
                    S2 = table.Column<int>(type: "INTEGER", nullable: false),
                    S3 = table.Column<int>(type: "INTEGER", nullable: false),
                    S4 = table.Column<int>(type: "INTEGER", nullable: false),
                    New = table.Column<int>(type: "INTEGER", nullable: true),
                    Fixed = table.Column<int>(type: "INTEGER", nullable: true),
                    ObjectRef = table.Column<string>(type: "TEXT", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    FindingKeys = table.Column<byte[]>(type: "BLOB", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_finding_sets", x => x.FindingsId);
                });

            migrationBuilder.CreateTable(
                name: "release_note_versions",
                columns: table => new
                {
                    NotesId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    MarkdownRef = table.Column<string>(type: "TEXT", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedByName = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_note_versions", x => new { x.NotesId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "release_notes",
                columns: table => new
                {
                    NotesId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Repo = table.Column<string>(type: "TEXT", maxLength: 210, nullable: false),
                    FromName = table.Column<string>(type: "TEXT", nullable: true),
                    ToName = table.Column<string>(type: "TEXT", nullable: false),
                    ToSha = table.Column<string>(type: "TEXT", nullable: false),
                    FallbackUsed = table.Column<bool>(type: "INTEGER", nullable: false),
                    GroupBy = table.Column<string>(type: "TEXT", nullable: false),
                    PrLinks = table.Column<bool>(type: "INTEGER", nullable: false),
                    Total = table.Column<int>(type: "INTEGER", nullable: false),
                    OnLines = table.Column<int>(type: "INTEGER", nullable: false),
                    Lines = table.Column<int>(type: "INTEGER", nullable: false),
                    Excluded = table.Column<int>(type: "INTEGER", nullable: false),
                    Missing = table.Column<int>(type: "INTEGER", nullable: false),
                    Breaking = table.Column<int>(type: "INTEGER", nullable: false),
                    DocumentRef = table.Column<string>(type: "TEXT", nullable: false),
                    DocumentSha256 = table.Column<string>(type: "TEXT", nullable: false),
                    DocumentSize = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedByName = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_notes", x => x.NotesId);
                });

            migrationBuilder.CreateTable(
                name: "release_operation_assets",
                columns: table => new
                {
                    OperationId = table.Column<string>(type: "TEXT", nullable: false),
                    Position = table.Column<int>(type: "INTEGER", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    AssetId = table.Column<long>(type: "INTEGER", nullable: true),
                    Error = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_operation_assets", x => new { x.OperationId, x.Position });
                });

            migrationBuilder.CreateTable(
                name: "release_operations",
                columns: table => new
                {
                    OperationId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Repository = table.Column<string>(type: "TEXT", nullable: false),
                    RepositoryId = table.Column<long>(type: "INTEGER", nullable: false),
                    Tag = table.Column<string>(type: "TEXT", nullable: false),
                    Fingerprint = table.Column<string>(type: "TEXT", nullable: false),
                    Mark = table.Column<string>(type: "TEXT", nullable: false),
                    ReleaseId = table.Column<long>(type: "INTEGER", nullable: true),
                    ReleaseUrl = table.Column<string>(type: "TEXT", nullable: true),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    Error = table.Column<string>(type: "TEXT", nullable: true),
                    RequestedByName = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    FinishedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_release_operations", x => x.OperationId);
                });

            migrationBuilder.CreateTable(
                name: "triage_drafts",
                columns: table => new
                {
                    DraftId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    JobId = table.Column<string>(type: "TEXT", nullable: false),
                    Repo = table.Column<string>(type: "TEXT", maxLength: 201, nullable: false),
                    PrNumber = table.Column<long>(type: "INTEGER", nullable: false),
                    PrTitle = table.Column<string>(type: "TEXT", nullable: false),
                    HeadSha = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    BaseBranch = table.Column<string>(type: "TEXT", nullable: false),
                    FailedRuns = table.Column<int>(type: "INTEGER", nullable: false),
                    Causes = table.Column<int>(type: "INTEGER", nullable: false),
                    Findings = table.Column<int>(type: "INTEGER", nullable: false),
                    New = table.Column<int>(type: "INTEGER", nullable: true),
                    Flaky = table.Column<int>(type: "INTEGER", nullable: false),
                    NotAnnotated = table.Column<int>(type: "INTEGER", nullable: false),
                    Labels = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    FactsRef = table.Column<string>(type: "TEXT", nullable: true),
                    FindingsId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    BaseFindingsId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    FinishedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_drafts", x => x.DraftId);
                });

            migrationBuilder.CreateTable(
                name: "triage_requests",
                columns: table => new
                {
                    ApprovalId = table.Column<string>(type: "TEXT", nullable: false),
                    DraftId = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_requests", x => x.ApprovalId);
                });

            migrationBuilder.CreateTable(
                name: "triage_versions",
                columns: table => new
                {
                    DraftId = table.Column<string>(type: "TEXT", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Markdown = table.Column<string>(type: "TEXT", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    BySubject = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_triage_versions", x => new { x.DraftId, x.Number });
                });

            migrationBuilder.CreateIndex(
                name: "IX_evidence_Repo_HeadSha",
                table: "evidence",
                columns: new[] { "Repo", "HeadSha" });

            migrationBuilder.CreateIndex(
                name: "IX_evidence_Repo_RunId_RunAttempt_Kind_Name_ContentSha256",
                table: "evidence",
                columns: new[] { "Repo", "RunId", "RunAttempt", "Kind", "Name", "ContentSha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_finding_labels_Profile_Rule",
                table: "finding_labels",
                columns: new[] { "Profile", "Rule" });

            migrationBuilder.CreateIndex(
                name: "IX_finding_sets_EvidenceId",
                table: "finding_sets",
                column: "EvidenceId");

            migrationBuilder.CreateIndex(
                name: "IX_finding_sets_Repo_FindingsId",
                table: "finding_sets",
                columns: new[] { "Repo", "FindingsId" });

            migrationBuilder.CreateIndex(
                name: "IX_release_notes_Repo",
                table: "release_notes",
                column: "Repo");

            migrationBuilder.CreateIndex(
                name: "IX_release_operations_Mark",
                table: "release_operations",
                column: "Mark");

            migrationBuilder.CreateIndex(
                name: "IX_release_operations_RepositoryId_Tag",
                table: "release_operations",
                columns: new[] { "RepositoryId", "Tag" });

            migrationBuilder.CreateIndex(
                name: "IX_triage_drafts_JobId",
                table: "triage_drafts",
                column: "JobId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_triage_drafts_Repo_PrNumber",
                table: "triage_drafts",
                columns: new[] { "Repo", "PrNumber" });

            migrationBuilder.CreateIndex(
                name: "IX_triage_requests_DraftId",
                table: "triage_requests",
                column: "DraftId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "evidence");

            migrationBuilder.DropTable(
                name: "finding_labels");

            migrationBuilder.DropTable(
                name: "finding_sets");

            migrationBuilder.DropTable(
                name: "release_note_versions");

            migrationBuilder.DropTable(
                name: "release_notes");

            migrationBuilder.DropTable(
                name: "release_operation_assets");

            migrationBuilder.DropTable(
                name: "release_operations");

            migrationBuilder.DropTable(
                name: "triage_drafts");

            migrationBuilder.DropTable(
                name: "triage_requests");

            migrationBuilder.DropTable(
                name: "triage_versions");
        }
    }
}
