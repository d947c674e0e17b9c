"""What the demo and the tests run on: postings, resumes, an interview kit, spoken answers. See `samples.build`."""
