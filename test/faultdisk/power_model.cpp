#include "test/faultdisk/power_model.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <stdexcept>

namespace xtn::faultdisk {

namespace fs = std::filesystem;

namespace {

struct Write {
    std::uint64_t at = 0;
    std::string bytes;
    std::optional<std::uint64_t> truncated_to; // instead of bytes
};

void apply(std::string &content, const Write &write, std::size_t bytes) {
    if (write.truncated_to) {
        content.resize(*write.truncated_to, '\0');
        return;
    }
    if (content.size() < write.at + bytes) content.resize(write.at + bytes, '\0');
    content.replace(write.at, bytes, write.bytes, 0, bytes);
}

} // namespace

struct PowerModel::Inode {
    bool folder = false;
    std::string safe;
    std::vector<Write> unsynced;
    std::uint64_t size = 0; // with what is not synced
};

// One change of a folder's names: `removed` goes, `added` comes, both at once for a rename.
struct PowerModel::Change {
    std::string removed;
    std::string added;
    std::shared_ptr<Inode> inode;
};

struct PowerModel::Folder {
    std::map<std::string, std::shared_ptr<Inode>> live, safe;
    std::vector<Change> unsynced;

    static void apply(std::map<std::string, std::shared_ptr<Inode>> &names, const Change &change) {
        if (!change.removed.empty()) names.erase(change.removed);
        if (!change.added.empty()) names[change.added] = change.inode;
    }
    void change(Change change) {
        apply(live, change);
        unsynced.push_back(std::move(change));
    }
};

PowerModel::PowerModel(fs::path root) : root_(std::move(root)) {
    const MutexLock lock(mutex_);
    adopt(root_);
}
PowerModel::~PowerModel() = default;

void PowerModel::adopt(const fs::path &path) {
    auto &folder = folders_[path];
    for (const auto &entry : fs::directory_iterator(path)) {
        auto inode = std::make_shared<Inode>();
        if (entry.is_directory()) {
            inode->folder = true;
            adopt(entry.path());
        } else {
            std::ifstream in(entry.path(), std::ios::binary);
            inode->safe.assign(std::istreambuf_iterator<char>(in), {});
            inode->size = inode->safe.size();
        }
        folder.live[entry.path().filename()] = folder.safe[entry.path().filename()] = std::move(inode);
    }
}

bool PowerModel::covers(const fs::path &path) const {
    const auto relative = path.lexically_relative(root_);
    return !relative.empty() && *relative.begin() != "..";
}

PowerModel::Folder &PowerModel::folder_of(const fs::path &path) {
    return folders_[path.parent_path()];
}

std::shared_ptr<PowerModel::Inode> PowerModel::open(const fs::path &path, bool create, bool truncate) {
    const MutexLock lock(mutex_);
    auto &folder = folder_of(path);
    const auto name = path.filename().string();
    const auto found = folder.live.find(name);
    if (found == folder.live.end()) {
        if (!create) return nullptr;
        folder.change({{}, name, std::make_shared<Inode>()});
        return folder.live[name];
    }
    if (truncate && found->second->size > 0) {
        found->second->unsynced.push_back({0, {}, 0});
        found->second->size = 0;
    }
    return found->second;
}

void PowerModel::write(Inode &file, std::uint64_t at, std::string_view bytes) {
    const MutexLock lock(mutex_);
    file.unsynced.push_back({at, std::string(bytes), std::nullopt});
    file.size = std::max<std::uint64_t>(file.size, at + bytes.size());
}
std::uint64_t PowerModel::size(const Inode &file) const {
    const MutexLock lock(mutex_);
    return file.size;
}
void PowerModel::truncate(Inode &file, std::uint64_t size) {
    const MutexLock lock(mutex_);
    file.unsynced.push_back({0, {}, size});
    file.size = size;
}
void PowerModel::sync(Inode &file) {
    const MutexLock lock(mutex_);
    for (const auto &write : file.unsynced)
        apply(file.safe, write, write.bytes.size());
    file.unsynced.clear();
}

void PowerModel::make_folder(const fs::path &path) {
    const MutexLock lock(mutex_);
    auto &parent = folder_of(path);
    if (parent.live.contains(path.filename())) return;
    auto inode = std::make_shared<Inode>();
    inode->folder = true;
    parent.change({{}, path.filename(), std::move(inode)});
    folders_[path] = {}; // nothing of one that was there before and got lost
}
void PowerModel::rename(const fs::path &from, const fs::path &to) {
    const MutexLock lock(mutex_);
    auto &source = folder_of(from);
    const auto found = source.live.find(from.filename());
    if (found == source.live.end()) return;
    if (from.parent_path() != to.parent_path()) throw std::logic_error("a rename over folders is not modelled");
    source.change({from.filename(), to.filename(), found->second});
}
void PowerModel::link(const fs::path &from, const fs::path &to) {
    const MutexLock lock(mutex_);
    const auto &source = folder_of(from);
    if (const auto found = source.live.find(from.filename()); found != source.live.end())
        folder_of(to).change({{}, to.filename(), found->second});
}
void PowerModel::remove(const fs::path &path) {
    const MutexLock lock(mutex_);
    folder_of(path).change({path.filename(), {}, nullptr});
}
void PowerModel::sync_folder(const fs::path &path) {
    const MutexLock lock(mutex_);
    auto &folder = folders_[path];
    folder.safe = folder.live;
    folder.unsynced.clear();
}

void PowerModel::restore(Survivors survivors, std::uint64_t seed) {
    const MutexLock lock(mutex_);
    std::mt19937_64 random(seed);
    const auto some_of = [&](std::size_t all) -> std::size_t {
        if (survivors == Survivors::all) return all;
        if (survivors == Survivors::none) return 0;
        return random() % (all + 1);
    };
    const auto content_of = [&](const Inode &file) {
        std::string content = file.safe;
        const auto whole = some_of(file.unsynced.size());
        for (std::size_t i = 0; i < whole; ++i)
            apply(content, file.unsynced[i], file.unsynced[i].bytes.size());
        const bool torn = survivors == Survivors::prefix || survivors == Survivors::zeros;
        if (torn && whole < file.unsynced.size())
            apply(content, file.unsynced[whole], some_of(file.unsynced[whole].bytes.size()));
        if (survivors == Survivors::zeros && content.size() < file.size) content.resize(file.size, '\0');
        return content;
    };
    // Every file's content once, whatever its names.
    std::map<const Inode *, std::string> contents;
    const auto write_folder = [&](const auto &self, const fs::path &path) -> void {
        fs::create_directories(path);
        auto &folder = folders_[path];
        const auto changes = some_of(folder.unsynced.size());
        for (std::size_t i = 0; i < changes; ++i)
            Folder::apply(folder.safe, folder.unsynced[i]);
        folder.unsynced.clear();
        folder.live = folder.safe;
        for (const auto &[name, inode] : folder.safe) {
            if (inode->folder) {
                self(self, path / name);
                continue;
            }
            if (const auto [at, fresh] = contents.try_emplace(inode.get()); fresh) at->second = content_of(*inode);
            std::ofstream(path / name, std::ios::binary) << contents[inode.get()];
        }
    };
    for (const auto &entry : fs::directory_iterator(root_))
        fs::remove_all(entry.path());
    write_folder(write_folder, root_);
    for (auto &[path, folder] : folders_)
        for (auto &[name, inode] : folder.live) {
            if (inode->folder) continue;
            if (const auto found = contents.find(inode.get()); found != contents.end()) inode->safe = found->second;
            inode->size = inode->safe.size();
            inode->unsynced.clear();
        }
}

} // namespace xtn::faultdisk
