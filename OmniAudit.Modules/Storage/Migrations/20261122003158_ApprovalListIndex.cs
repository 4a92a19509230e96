using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ApprovalListIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_approvals_State_ApprovalId",
                table: "approvals",
                columns: new[] { "State", "ApprovalId" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_approvals_State_ApprovalId",
                table: "approvals");
        }
    }
}
